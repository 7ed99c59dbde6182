/** Parts of the retention's statements that several databases have in common. */

/** A column's name without quotes. */
export const plainName = (name: string): string => name;

export const limit = (rows: number, select: string): string => `${select} LIMIT ${rows}`;

/** A time as a driver returns it. Without a zone it is UTC. */
export function readTime(value: unknown): Date {
  if (value instanceof Date) return value;
  const text = String(value);
  return new Date(`${text.slice(0, 10)}T${text.slice(11, 23).trim()}Z`);
}

/** `2026-01-31 23:59:59.999`, in UTC. */
export const utcText = (at: Date): string => at.toISOString().slice(0, 23).replace('T', ' ');
