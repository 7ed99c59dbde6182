import { inQuotes } from '../shared';

/** Column names of ours that are words of Oracle's: in quotes they are spelled in capitals, as Oracle spells all others. */
const RESERVED = new Set(['raw', 'size']);

export const isReserved = (name: string): boolean => RESERVED.has(name);

/** A column's name in a statement. */
export const columnName = (name: string): string => (isReserved(name) ? `"${name.toUpperCase()}"` : name);

/** A schema is a user. A plain name is taken without regard to case, as Oracle itself does; any other letter by letter. */
export const schemaName = (schema: string): string => (/^[a-z][\w$#]*$/i.test(schema) ? schema : inQuotes(schema, '"'));

/** The same as the catalogue holds it. */
export const catalogued = (schema: string): string => (/^[a-z][\w$#]*$/i.test(schema) ? schema.toUpperCase() : schema);

/** A text literal. */
export const literal = (value: string): string => inQuotes(value, "'");
