import type { Grants } from '../contract';
import { grantEach, inQuotes } from '../shared';

const bracketed = (name: string): string => `[${name.replaceAll(']', ']]')}]`;

export const grants: Grants = {
  createSchema: (schema) => [
    `IF SCHEMA_ID(N${inQuotes(schema, "'")}) IS NULL EXEC(N${inQuotes(`CREATE SCHEMA ${bracketed(schema)}`, "'")})`,
  ],
  grant: (grant) => grantEach(grant, bracketed(grant.user)),
  notes: (user) => [
    `CREATE LOGIN ${bracketed(user)} WITH PASSWORD = '...';`,
    `CREATE USER ${bracketed(user)} FOR LOGIN ${bracketed(user)};`,
  ],
};
