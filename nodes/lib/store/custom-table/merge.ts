import type { CustomColumn, CustomRow, CustomRows, CustomTable, Written } from './types';

/** Rows that give values to the same columns: one statement's. */
export interface CustomBatch {
  table: CustomTable;
  /** The columns that get a value, in the order of the list; the others are left as they are. */
  columns: readonly CustomColumn[];
  rows: readonly (readonly Written[])[];
}

/**
 * The rows of several messages as batches, in the order of their arrival. Where a key decides, each is in them once, since
 * some databases refuse it twice in a statement: of rows to skip the first, of rows to change the last value of each
 * column. They are sorted by key then, so that two writers lock rows in the same order.
 */
export function customBatches(list: readonly CustomRows[]): CustomBatch[] {
  const byTable = new Map<CustomTable, CustomRow[]>();
  for (const { table, rows } of list) {
    const known = byTable.get(table);
    if (known === undefined) byTable.set(table, [...rows]);
    else known.push(...rows);
  }
  return [...byTable].flatMap(([table, rows]) => shaped(table, table.mode === 'insert' ? rows : byKey(table, rows)));
}

function byKey(table: CustomTable, rows: readonly CustomRow[]): CustomRow[] {
  const places = table.columns.flatMap((column, n) => (column.key ? [n] : []));
  const merged = new Map<string, CustomRow>();
  for (const row of rows) {
    const key = JSON.stringify(places.map((n) => row[n]));
    const before = merged.get(key);
    if (before === undefined) merged.set(key, row);
    else if (table.mode === 'upsert')
      merged.set(
        key,
        row.map((value, n) => (value === undefined ? before[n] : value)),
      );
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function shaped(table: CustomTable, rows: readonly CustomRow[]): CustomBatch[] {
  const shapes = new Map<string, { columns: CustomColumn[]; rows: Written[][] }>();
  for (const row of rows) {
    const shape = row.map((value) => (value === undefined ? '-' : '+')).join('');
    let batch = shapes.get(shape);
    if (batch === undefined) {
      batch = { columns: table.columns.filter((_, n) => row[n] !== undefined), rows: [] };
      shapes.set(shape, batch);
    }
    batch.rows.push(row.filter((value): value is Written => value !== undefined));
  }
  return [...shapes.values()].map((batch) => ({ table, ...batch }));
}
