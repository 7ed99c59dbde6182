import type { ServerDialectName } from '../types';

/** Tables and the user who works on them. */
export interface Grant {
  schema: string;
  user: string;
  /** Tables whose rows come and go; `numbered`: the database numbers their rows. */
  written: readonly { name: string; numbered: boolean }[];
  /** Tables that are only looked at. */
  read: readonly string[];
  /** A table's name as statements write it. */
  table(name: string): string;
}

/** How one kind of database makes a schema and grants rights. Its statements may be run again. */
interface Granting {
  createSchema(schema: string): string[];
  grant(grant: Grant): string[];
  /** What to do before, a line each: how to make the user. */
  notes(user: string): string[];
}

const WORK = 'SELECT, INSERT, UPDATE, DELETE';

const quoted = (name: string, mark: string, end = mark): string => `${mark}${name.replaceAll(end, end + end)}${end}`;

/** A statement for each table, where one statement takes one. */
function each({ written, read, table }: Grant, to: string): string[] {
  return [
    ...written.map(({ name }) => `GRANT ${WORK} ON ${table(name)} TO ${to}`),
    ...read.map((name) => `GRANT SELECT ON ${table(name)} TO ${to}`),
  ];
}

const mysql: Granting = {
  // The schema is the database.
  createSchema: () => [],
  grant: (grant) => each(grant, mysqlUser(grant.user)),
  notes: (user) => [`CREATE USER ${mysqlUser(user)} IDENTIFIED BY '...';`],
};

/** From any host: the server's administrator may narrow it. */
function mysqlUser(user: string): string {
  return `'${user.replaceAll("'", "''")}'@'%'`;
}

/** Names that need no quotes; Oracle takes them in capitals, whichever way they are written. */
const oracleUser = (user: string): string => (/^[a-z][\w$#]*$/i.test(user) ? user : quoted(user, '"'));

export const GRANTS: Readonly<Record<ServerDialectName, Granting>> = {
  postgres: {
    createSchema: (schema) => [`CREATE SCHEMA IF NOT EXISTS ${quoted(schema, '"')}`],
    grant: ({ schema, user, written, read, table }) => {
      const to = quoted(user, '"');
      const all = written.map(({ name }) => table(name)).join(', ');
      const sequences = written.filter(({ numbered }) => numbered).map(({ name }) => table(`${name}_id_seq`));
      return [
        `GRANT USAGE ON SCHEMA ${schema === '' ? 'public' : quoted(schema, '"')} TO ${to}`,
        `GRANT ${WORK} ON ${all} TO ${to}`,
        `GRANT USAGE ON SEQUENCE ${sequences.join(', ')} TO ${to}`,
        ...read.map((name) => `GRANT SELECT ON ${table(name)} TO ${to}`),
      ];
    },
    notes: (user) => [`CREATE ROLE ${quoted(user, '"')} LOGIN PASSWORD '...';`],
  },
  mysql,
  mariadb: mysql,
  mssql: {
    createSchema: (schema) => [
      `IF SCHEMA_ID(N'${schema.replaceAll("'", "''")}') IS NULL EXEC(N'CREATE SCHEMA ${quoted(schema, '[', ']').replaceAll("'", "''")}')`,
    ],
    grant: (grant) => each(grant, quoted(grant.user, '[', ']')),
    notes: (user) => [
      `CREATE LOGIN ${quoted(user, '[', ']')} WITH PASSWORD = '...';`,
      `CREATE USER ${quoted(user, '[', ']')} FOR LOGIN ${quoted(user, '[', ']')};`,
    ],
  },
  oracle: {
    // A schema is the user who owns it, whom the administrator makes.
    createSchema: () => [],
    grant: (grant) => [`GRANT CREATE SESSION TO ${oracleUser(grant.user)}`, ...each(grant, oracleUser(grant.user))],
    notes: (user) => [
      `CREATE USER ${oracleUser(user)} IDENTIFIED BY "...";`,
      'In the dialog, the schema is the user who owns the tables.',
    ],
  },
};
