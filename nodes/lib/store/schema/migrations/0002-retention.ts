import type { Migration } from '../ddl';
import { required, type Table, text } from '../ddl';

/** Who may do what only one of several instances should do, and until when. */
const leases: Table = {
  name: 'hl7_leases',
  key: ['name'],
  columns: [required(text('name', 40)), text('holder', 40), { name: 'held_until', kind: 'time' }],
  indexes: [],
};

export const retention: Migration = {
  name: '0002-retention',
  statements: (ddl) => ddl.createTable(leases),
};
