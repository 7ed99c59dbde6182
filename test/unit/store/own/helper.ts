import { type CustomRows, type CustomTable, customTable, Extraction, type Row } from '../../../../nodes/lib/store';
import { row } from '../helper';

type Properties = Record<string, unknown>;

/** A column of a dialog's list. */
export function column(name: string, source: string, changes: Properties = {}): Properties {
  return { column: name, kind: 'path', source, type: 'text', size: '50', ...changes };
}

export const KEY = { key: true, missing: 'refuse' };

/** A table of patients by their number. */
export function patients(changes: Properties = {}, columns: Properties[] = []): CustomTable {
  return customTable({
    table: 'patients',
    create: true,
    mode: 'upsert',
    rows: 'message',
    columns: [
      column('id', 'PID-3.1', KEY),
      column('name', 'PID-5.1', { missing: 'leave' }),
      column('phone', 'PID-13.1', { missing: 'leave' }),
      ...columns,
    ],
    ...changes,
  });
}

/** A table of results, one row an OBX. */
export function results(changes: Properties = {}, columns: Properties[] = []): CustomTable {
  return customTable({
    table: 'results',
    create: true,
    mode: 'insert',
    rows: 'OBX',
    columns: [
      column('control_id', 'MSH-10', KEY),
      column('n', 'OBX-1', { ...KEY, type: 'integer' }),
      column('code', 'OBX-3.1'),
      column('value', 'OBX-5', { type: 'decimal', size: '10,2' }),
      ...columns,
    ],
    ...changes,
  });
}

export const property = (message: unknown) => (name: string) =>
  name
    .split('.')
    .reduce<unknown>(
      (at, key) => (at as Record<string, unknown> | undefined)?.[key],
      message as Record<string, unknown>,
    );

export function rowsOf(table: CustomTable, text: string, message: unknown = {}): CustomRows {
  return new Extraction(table, text).rows(property(message));
}

export function adt(controlId: string, pid: string): string {
  return `MSH|^~\\&|S|H|L|A|20240229101112||ADT^A08^ADT_A01|${controlId}|P|2.5\rPID|1||${pid}\r`;
}

export function oru(controlId: string, values: string[]): string {
  const segments = values.map((value, n) => `OBX|${n + 1}|NM|C${n + 1}^Text^L||${value}|mg`);
  return `MSH|^~\\&|S|H|L|A|20240229101112||ORU^R01|${controlId}|P|2.5\rPID|1||4711\rOBR|1||F1|X^Y^L\r${segments.map((one) => `${one}\r`).join('')}`;
}

/** A message as it is offered, with the rows it makes in a table. */
export function offered(table: CustomTable, controlId: string, text: string, changes: Partial<Row> = {}): Row {
  return row(controlId, { text, own: rowsOf(table, text), ...changes });
}
