import type { Grants } from '../contract';
import { grantEach } from '../shared';
import { schemaName } from './names';

export const grants: Grants = {
  // A schema is the user who owns it, whom the administrator creates.
  createSchema: () => [],
  grant: (grant) => [`GRANT CREATE SESSION TO ${schemaName(grant.user)}`, ...grantEach(grant, schemaName(grant.user))],
  notes: (user) => [
    `CREATE USER ${schemaName(user)} IDENTIFIED BY "...";`,
    'In the dialog, the schema is the user who owns the tables.',
  ],
};
