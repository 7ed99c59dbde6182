import type { Grants } from '../contract';
import { inQuotes, READ_WRITE } from '../shared';

const quoted = (name: string): string => inQuotes(name, '"');

export const grants: Grants = {
  createSchema: (schema) => [`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`],
  grant: ({ schema, user, written, read, table }) => {
    const to = quoted(user);
    const all = written.map(({ name }) => table(name)).join(', ');
    const sequences = written.filter(({ numbered }) => numbered).map(({ name }) => table(`${name}_id_seq`));
    return [
      `GRANT USAGE ON SCHEMA ${schema === '' ? 'public' : quoted(schema)} TO ${to}`,
      `GRANT ${READ_WRITE} ON ${all} TO ${to}`,
      `GRANT USAGE ON SEQUENCE ${sequences.join(', ')} TO ${to}`,
      ...read.map((name) => `GRANT SELECT ON ${table(name)} TO ${to}`),
    ];
  },
  notes: (user) => [`CREATE ROLE ${quoted(user)} LOGIN PASSWORD '...';`],
};
