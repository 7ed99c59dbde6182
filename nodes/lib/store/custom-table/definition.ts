import { Hl7Error } from '../../errors';
import { isSegmentName, parsePath } from '../../hl7';
import { ACKS, CUSTOM_ROWS, IDENTIFIERS, LEASES, MESSAGES, MIGRATIONS } from '../columns';
import { convert } from './convert';
import {
  CUSTOM_MODES,
  CUSTOM_TYPES,
  type CustomColumn,
  type CustomTable,
  MISFIT,
  MISSING,
  nameOf,
  REPEATS,
  type Repeating,
  SOURCE_KINDS,
  type Written,
} from './types';

/** A column as the dialog saves it; everything is text but the key. */
export interface ColumnSettings {
  column?: unknown;
  kind?: unknown;
  source?: unknown;
  type?: unknown;
  /** Characters of a text; digits of a decimal: `18,4`. */
  size?: unknown;
  key?: unknown;
  missing?: unknown;
  misfit?: unknown;
  repeats?: unknown;
  /** Between the values of a path that names several; `\n` and `\t` are a line break and a tab. */
  separator?: unknown;
  /** The default value, in words of a message: `20240229`, `Y`. */
  value?: unknown;
}

export interface TableSettings {
  table?: unknown;
  schema?: unknown;
  create?: unknown;
  mode?: unknown;
  /** `message`, the name of a segment, or a field of it, for a row each repetition: `PID-11`. */
  rows?: unknown;
  columns?: unknown;
  /** `own` where the message is not written to the log. */
  write?: unknown;
}

/** Bytes of a name that every database takes. */
const NAME_BYTES = 63;
const NO_NAME = /[\x00-\x1f\x7f]|\p{Surrogate}/u;
const LONGEST_TEXT = 4000;
const MOST_COLUMNS = 500;
const LOG_TABLES: readonly string[] = [MESSAGES, ACKS, IDENTIFIERS, LEASES, CUSTOM_ROWS, MIGRATIONS];
/** A segment, and a field of it. */
const ROWS = /^([A-Z][A-Z0-9]{2})(?:[-.]([1-9]\d{0,4}))?$/;
/** What the log's id can be written into, and the greatest there is. */
const TYPES_OF_AN_ID: readonly string[] = ['integer', 'decimal', 'text', 'long text'];
const GREATEST_ID = String(Number.MAX_SAFE_INTEGER);
const SEPARATOR = '~';
const LONGEST_SEPARATOR = 20;
const NOT_IN_A_KEY: readonly string[] = ['long text', 'bytes', 'base64'];

/**
 * The table of a node's settings. The dialog has the same rules in `resources/own-table-rules.js`.
 * @throws Hl7Error CONFIG_INVALID, naming the setting and what to do
 */
export function customTable(settings: TableSettings): CustomTable {
  const name = nameFor(settings.table, 'The custom table has no name');
  const schema = textOf(settings.schema) === '' ? '' : nameFor(settings.schema, 'The schema has no name');
  if (LOG_TABLES.includes(name.toLowerCase())) throw invalid(`${name} is a table of the log: give another one`);
  const mode = oneOf(settings.mode, CUSTOM_MODES, 'The way of writing the custom table');
  const rows = textOf(settings.rows) || 'message';
  const [, segment = '', field] = ROWS.exec(rows) ?? [];
  if (rows !== 'message' && (!isSegmentName(segment) || segment === 'MSH')) {
    throw invalid(
      'A row is written for each message, for each segment of a name like OBX, or for each repetition of a field like PID-11',
    );
  }
  const list: unknown[] = Array.isArray(settings.columns) ? settings.columns : [];
  const table = nameOf({ name, schema });
  if (list.length === 0) throw invalid(`The list of columns of ${table} is empty`);
  if (list.length > MOST_COLUMNS) throw invalid(`The list of columns of ${table} is longer than ${MOST_COLUMNS}`);
  const columns = list.map((one) => columnOf((one ?? {}) as ColumnSettings, mode, table));
  const names = columns.map((column) => column.name.toLowerCase());
  const twice = columns.find((_, n) => names.indexOf(names[n]!) !== n);
  if (twice !== undefined) throw invalid(`The column ${twice.name} of ${table} is in the list twice`);
  if (mode !== 'insert' && !columns.some((column) => column.key)) {
    throw invalid(
      `To ${mode === 'skip' ? 'skip' : 'change'} rows of ${table} that are there, mark the columns of its key`,
    );
  }
  const rowsField: Repeating | undefined =
    field === undefined ? undefined : { segment, occurrence: undefined, field: Number(field), least: 0 };
  const repeating = repeatingOf(columns, rowsField, table);
  const logged = settings.write !== 'own';
  return { name, schema, create: settings.create === true, mode, segment, repeating, logged, columns };
}

/** The field that has a row for each of its repetitions: that of the rows, or of the columns that are set so. */
function repeatingOf(
  columns: readonly CustomColumn[],
  rows: Repeating | undefined,
  table: string,
): Repeating | undefined {
  let found = rows;
  for (const { name, kind, repeats, source } of columns) {
    if (kind !== 'path' || repeats !== 'rows') continue;
    const { segment, occurrence, field } = parsePath(source);
    if (
      found !== undefined &&
      (found.segment !== segment || found.field !== field || found.occurrence !== occurrence)
    ) {
      throw invalid(
        `The column ${name} of ${table} has a row for each repetition of another field than the rows or columns before it`,
      );
    }
    found ??= { segment, occurrence, field: field!, least: 1 };
  }
  return found;
}

function columnOf(settings: ColumnSettings, mode: CustomTable['mode'], table: string): CustomColumn {
  const name = nameFor(settings.column, `A column of ${table} has no name`);
  const where = `The column ${name} of ${table}`;
  const kind = oneOf(settings.kind, SOURCE_KINDS, `The source of the column ${name}`);
  const type = oneOf(settings.type, CUSTOM_TYPES, `The type of the column ${name}`);
  const shape = { type, ...sizeOf(type, textOf(settings.size), where) };
  const key = settings.key === true;
  const missing = oneOf(settings.missing, MISSING, `What the column ${name} gets without a value`);
  const misfit = oneOf(settings.misfit, MISFIT, `What the column ${name} gets when a value does not fit`);
  const repeats = oneOf(settings.repeats, REPEATS, `What the column ${name} gets of several values`);
  const separator = separatorOf(settings.separator, where);
  const source = sourceOf(kind, settings.source, where);
  if (kind === 'path' && repeats === 'rows') {
    const { field, repetition, where: conditions } = parsePath(source);
    if (field === undefined || repetition !== undefined || conditions !== undefined) {
      throw invalid(`${where} has a row for each repetition: its path must name a field, and no repetition`);
    }
  }
  if (missing === 'leave' && (mode !== 'upsert' || key)) {
    throw invalid(`${where} can be left as it is only by upsert, and not in its key`);
  }
  if (misfit === 'cut' && type !== 'text' && type !== 'long text')
    throw invalid(`${where} is no text, which alone can be cut`);
  if (key && NOT_IN_A_KEY.includes(type))
    throw invalid(`${where} is in the key: make it a text with a length, a number or a date`);
  if (key && (missing === 'null' || misfit === 'null')) {
    throw invalid(`${where} is in the key, which needs a value: refuse the message, or give a default`);
  }
  if (kind === 'log' && (!TYPES_OF_AN_ID.includes(type) || 'misfit' in convert(GREATEST_ID, shape))) {
    throw invalid(
      `${where} gets the id of the log row, which is a whole number of up to 16 digits: make it an integer`,
    );
  }
  let value: Written = null;
  const usesDefault = missing === 'default' || misfit === 'default';
  if (kind === 'constant' || usesDefault) {
    const converted = convert(String((kind === 'constant' ? settings.source : settings.value) ?? ''), shape);
    if ('misfit' in converted) {
      throw invalid(`${where} has a ${kind === 'constant' ? 'constant' : 'default'} that ${converted.misfit}`);
    }
    value = converted.written;
  }
  return { name, kind, source, ...shape, key, missing, misfit, repeats, separator, value };
}

function sourceOf(kind: CustomColumn['kind'], source: unknown, where: string): string {
  if (kind === 'constant' || kind === 'log') return '';
  const text = textOf(source);
  if (text === '') throw invalid(`${where} has no source`);
  if (kind === 'path') {
    try {
      parsePath(text);
    } catch {
      throw invalid(`${where} has no path to a field: write it like PID-3.1, PID-3[2].1, PID-3[5=MR].1 or OBX-5`);
    }
  }
  return kind === 'property' ? text.replace(/^msg\./, '') : text;
}

/** Line breaks and tabs are written as such in a dialog's line. */
function separatorOf(value: unknown, where: string): string {
  if (value === undefined || value === null || value === '') return SEPARATOR;
  const text = String(value).replaceAll('\\n', '\n').replaceAll('\\t', '\t');
  if (text.length > LONGEST_SEPARATOR || /(?![\n\t])[\x00-\x1f]|\p{Surrogate}/u.test(text)) {
    throw invalid(`${where} has a separator of more than ${LONGEST_SEPARATOR} characters, or with control characters`);
  }
  return text;
}

function sizeOf(
  type: CustomColumn['type'],
  size: string,
  where: string,
): Pick<CustomColumn, 'length' | 'precision' | 'scale'> {
  const none = { length: 0, precision: 0, scale: 0 };
  if (type === 'text') {
    const length = /^\d+$/.test(size || '250') ? Number(size || '250') : 0;
    if (length < 1 || length > LONGEST_TEXT) {
      throw invalid(`${where} needs a length from 1 to ${LONGEST_TEXT}, or the type long text`);
    }
    return { ...none, length };
  }
  if (type !== 'decimal') return none;
  const [, digits, behind = '0'] = /^(\d+)(?:\s*[,.;]\s*(\d+))?$/.exec(size || '18,4') ?? [];
  const [precision, scale] = [Number(digits), Number(behind)];
  if (!(precision >= 1 && precision <= 38 && scale <= precision)) {
    throw invalid(`${where} needs its digits in all (1 to 38) and behind the point, like 18,4`);
  }
  return { ...none, precision, scale };
}

function nameFor(value: unknown, missing: string): string {
  const name = textOf(value);
  if (name === '') throw invalid(missing);
  if (NO_NAME.test(name) || Buffer.byteLength(name) > NAME_BYTES) {
    throw invalid(`A table, schema or column has a name of more than ${NAME_BYTES} bytes, or with control characters`);
  }
  return name;
}

function oneOf<const T extends string>(value: unknown, choices: readonly T[], what: string): T {
  const found = value === undefined || value === '' ? choices[0] : choices.find((choice) => choice === value);
  if (found === undefined) throw invalid(`${what} is none of ${choices.join(', ')}`);
  return found;
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value).trim();
}

function invalid(text: string): Hl7Error {
  return new Hl7Error('CONFIG_INVALID', `${text}. Open the db store node and change it.`);
}
