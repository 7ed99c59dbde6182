import type { Grants } from '../contract';
import { grantEach, inQuotes } from '../shared';

/** From any host: the server's administrator may narrow it. */
const account = (user: string): string => `${inQuotes(user, "'")}@'%'`;

export const grants: Grants = {
  // The schema is the database.
  createSchema: () => [],
  grant: (grant) => grantEach(grant, account(grant.user)),
  notes: (user) => [`CREATE USER ${account(user)} IDENTIFIED BY '...';`],
};
