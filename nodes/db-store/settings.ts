import { choiceOf, demanded, demandedText, processVariable, variableOf } from '../common/settings';
import { DB_STORE } from '../common/settings-table/others';
import { hasReference, type Lookup } from '../common/variables';
import type { ColumnSettings, TableSettings } from '../lib/store';
import { lookup } from '../lib/util';

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

/** How an error names the settings of a custom table, and those of one of its columns. */
const TABLE: Readonly<Record<string, string>> = lookup({
  table: 'The name of the custom table',
  schema: 'The schema of the custom table',
  create: 'The choice to create the custom table',
  mode: 'The way of writing the custom table',
  rows: 'The choice of rows of the custom table',
  columns: 'The list of columns of the custom table',
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
 * @param lookup of environment variables; by default those of the process
 * @throws VariableMissing
 */
export function storeSettings(config: Partial<StoreConfig>, lookup: Lookup = processVariable): StoreSettings {
  demanded(config.database, 'The choice of the database', lookup);
  const choice = <const T extends string>(
    value: unknown,
    { label, choices }: { label: string; choices: readonly [T, ...T[]] },
  ): T => choiceOf(demandedText(value, label, choices[0], lookup), choices);
  const write = choice(config.write, DB_STORE.write);
  choice(config.onFailure, DB_STORE.onFailure);
  return {
    write,
    again: choice(config.again, DB_STORE.again),
    table: write === 'log' ? undefined : tableSettings(config, lookup),
  };
}

function tableSettings(config: Partial<StoreConfig>, lookup: Lookup): TableSettings {
  const { columns } = config;
  return {
    ...entered(config, TABLE, lookup, (what) => what),
    columns: Array.isArray(columns)
      ? columns.map((one: ColumnSettings | null, n) =>
          entered(one ?? {}, COLUMN, lookup, (what) => `The ${what} of the column ${columnName(one, n)}`),
        )
      : demanded(columns, TABLE.columns!, lookup),
  };
}

/**
 * The settings that have a label, with what their variables say. A text without one stays as it was typed, and so does an
 * expression with more in it: `$(` may be JSONata's.
 */
function entered(
  settings: object,
  labels: typeof TABLE,
  lookup: Lookup,
  labelOf: (what: string) => string,
): Record<string, unknown> {
  const values = settings as Record<string, unknown>;
  const isExpression = values.kind === 'expression';
  const text = (name: string, value: unknown): unknown => {
    if (typeof value !== 'string' || !hasReference(value)) return value;
    if (name === 'source' && isExpression && variableOf(value) === undefined) return value;
    return demandedText(value, labelOf(labels[name]!), '', lookup);
  };
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
