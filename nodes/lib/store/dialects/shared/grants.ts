import type { Grant } from '../contract';

/** The rights on a table whose rows come and go. */
export const READ_WRITE = 'SELECT, INSERT, UPDATE, DELETE';

/** A statement for each table, where one statement takes one. @param to the user, as a statement writes it */
export function grantEach({ written, read, table }: Grant, to: string): string[] {
  return [
    ...written.map(({ name }) => `GRANT ${READ_WRITE} ON ${table(name)} TO ${to}`),
    ...read.map((name) => `GRANT SELECT ON ${table(name)} TO ${to}`),
  ];
}
