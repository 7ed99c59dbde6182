import { Hl7Error } from '../errors';
import { MIGRATIONS } from './columns';
import { databaseKind } from './dialects';
import { type Ddl, schemaSql, type Table } from './schema';
import { DIALECTS, type DialectName } from './types';

/** The user that the grants are written for by default. */
const DEFAULT_USER = 'hl7_logger';

interface ScriptParts {
  /** The schema and its tables. */
  tables: string[];
  /** The least rights that the runtime needs. */
  grants: string[];
}

/**
 * The statements for a DBA who makes the tables and grants the rights by hand, in order. They may be run again.
 * @param schema where the tables are; the user's own when empty
 * @param user who Node-RED connects as
 * @throws Hl7Error STORE_DIALECT_UNKNOWN, CONFIG_INVALID
 */
export function schemaStatements(dialect: DialectName, schema = '', user = DEFAULT_USER): ScriptParts {
  if (/[\x00-\x1f]/.test(schema + user)) {
    throw new Hl7Error('CONFIG_INVALID', 'The names of the schema and the user must not hold control characters.');
  }
  const kind = databaseKind(dialect);
  if (kind === undefined) {
    throw new Hl7Error(
      'STORE_DIALECT_UNKNOWN',
      `There is no schema for "${dialect}"; use one of ${DIALECTS.join(', ')}.`,
    );
  }
  const ddl = kind.ddl(schema);
  const tables: Table[] = [];
  const seen: Ddl = {
    ...ddl,
    createTable: (table) => {
      tables.push(table);
      return ddl.createTable(table);
    },
  };
  const statements = schemaSql(seen);
  if (kind.grants === undefined) return { tables: statements, grants: [] };
  return {
    tables: [...(schema === '' ? [] : kind.grants.createSchema(schema)), ...statements],
    grants: kind.grants.grant({
      schema,
      user,
      written: tables
        .filter(({ name }) => name !== MIGRATIONS)
        .map(({ name, key }) => ({ name, numbered: key === 'id' })),
      read: [MIGRATIONS],
      table: ddl.table,
    }),
  };
}

/**
 * The same as one text with comments, for a DBA's own tool.
 * @throws Hl7Error STORE_DIALECT_UNKNOWN, CONFIG_INVALID
 * @example
 * const { schemaScript } = require('@hl7-logger/node-red');
 * const sql = schemaScript('postgres', 'public', 'hl7_logger');
 * sql.includes('hl7_messages'); // => true
 * sql.includes('GRANT'); // => true
 */
export function schemaScript(dialect: DialectName, schema = '', user = DEFAULT_USER): string {
  const { tables, grants } = schemaStatements(dialect, schema, user);
  const kind = databaseKind(dialect)!;
  const rights =
    kind.grants === undefined
      ? ['-- Node-RED needs to read and write the file and its folder.']
      : [
          '-- The least rights of the user that Node-RED connects as. It needs no others when "Create missing tables" is off.',
          ...kind.grants.notes(user).map((note) => `-- ${note}`),
          ...grants.map(ended),
        ];
  const head = [
    `-- The tables of the HL7 log for ${kind.title}. To be run in the database of the log by a user who may create`,
    '-- tables. May be run again: what is there already stays.',
  ];
  return [...head, '', ...tables.map(ended), '', ...rights, ''].join('\n');
}

/** Oracle's blocks end with a line of their own. */
function ended(statement: string): string {
  return /^\s*(BEGIN|DECLARE)\b[\s\S]*END;?\s*$/i.test(statement)
    ? `${statement.trimEnd().replace(/;?$/, ';')}\n/`
    : `${statement};`;
}
