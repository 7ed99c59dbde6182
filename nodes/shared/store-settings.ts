import { lookup } from '../lib/lookup';
import type { ColumnSettings, TableSettings } from '../lib/store/own';
import { choiceOf, demanded, demandedText, variableOf } from './settings';

/** The properties of a `db store` node, as the editor saves them. */
export interface StoreConfig extends TableSettings {
  database: string;
  write: string;
  again: string;
  onFailure: string;
}

export interface StoreSettings {
  write: 'log' | 'own' | 'both';
  again: 'same' | 'store' | 'refuse';
  /** Undefined where only the log is written. */
  table: TableSettings | undefined;
}

/** How an error names the settings of an own table, and those of one of its columns. */
const TABLE: Readonly<Record<string, string>> = lookup({
  table: 'The name of the own table',
  schema: 'The schema of the own table',
  create: 'The choice to create the own table',
  mode: 'The way of writing the own table',
  rows: 'The choice of rows of the own table',
  columns: 'The list of columns of the own table',
  write: 'The choice of what to write to',
});
const COLUMN: Readonly<Record<string, string>> = lookup({
  column: 'name',
  kind: 'kind of source',
  source: 'source',
  type: 'type',
  size: 'size',
  key: 'mark as key',
  missing: 'choice without a value',
  misfit: 'choice for a value that does not fit',
  repeats: 'choice for several values',
  separator: 'separator',
  value: 'default value',
});

/**
 * What a `db store` node is to do, from its properties.
 * @throws VariableMissing
 */
export function storeSettings(config: Partial<StoreConfig>): StoreSettings {
  demanded(config.database, 'The choice of the database');
  const write = choiceOf(demanded(config.write, 'The choice of what to write to'), ['log', 'own', 'both']);
  demanded(config.onFailure, 'The choice of what to do on failure');
  return {
    write,
    again: choiceOf(demanded(config.again, 'The choice for a message that is sent again'), ['same', 'store', 'refuse']),
    table: write === 'log' ? undefined : tableSettings(config),
  };
}

function tableSettings(config: Partial<StoreConfig>): TableSettings {
  const { columns } = config;
  return {
    ...entered(config, TABLE, (what) => what),
    columns: Array.isArray(columns)
      ? columns.map((one: ColumnSettings | null, n) =>
          entered(one ?? {}, COLUMN, (what) => `The ${what} of the column ${columnName(one, n)}`),
        )
      : demanded(columns, TABLE.columns!),
  };
}

/** The settings that have a label, with what their variables say. A text of its own stays as it was typed. */
function entered(settings: object, labels: typeof TABLE, labelOf: (what: string) => string): Record<string, unknown> {
  const values = settings as Record<string, unknown>;
  const text = (name: string, value: unknown): unknown =>
    variableOf(value) === undefined ? value : demandedText(value, labelOf(labels[name]!), '');
  return Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => name in labels)
      .map(([name, value]) => [name, text(name, value)]),
  );
}

/** By its place in the list where its own name is to come from a variable. */
function columnName(settings: ColumnSettings | null, n: number): string {
  const name = String(settings?.column ?? '').trim();
  return name === '' || variableOf(name) !== undefined ? String(n + 1) : name;
}
