import { CUSTOM_ROWS } from '../../columns';
import type { Migration } from '../ddl';
import { required, type Table, text } from '../ddl';

/** Which db store nodes have written the rows of their custom tables for a message. */
const customRowsTable: Table = {
  name: CUSTOM_ROWS,
  key: ['message_id', 'target'],
  columns: [{ name: 'message_id', kind: 'big integer', required: true }, required(text('target', 64))],
  indexes: [],
};

export const customRows: Migration = {
  name: '0003-custom-rows',
  statements: (ddl) => ddl.createTable(customRowsTable),
};
