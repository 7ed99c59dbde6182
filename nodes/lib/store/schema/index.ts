/** Tables, columns and the numbered migrations that create them. */
export { type Column, type Ddl, definitions, type Table } from './ddl';
export { applied, lacking, migrate, missing, type SchemaTarget, schemaSql } from './migrate';
