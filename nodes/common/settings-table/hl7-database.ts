import { RULES } from '../../lib/store/retention/policy';
import { choice, decimal, type NumberSetting, onOff, plain, whole } from './setting';

/** A number of the retention, whose bounds the store has. */
function kept(name: keyof typeof RULES, preset: number | undefined, unit: string): NumberSetting {
  const { what, least, most, fraction } = RULES[name];
  return { kind: 'number', label: what, default: preset, least, most, whole: !fraction, unit };
}

/** The settings of `hl7 database`. User and password are its credentials. */
export const HL7_DATABASE = {
  dialect: choice('The kind of database', 'sqlite', 'mssql', 'postgres', 'mysql', 'mariadb', 'oracle'),
  file: plain('The file of the database', 'hl7-log.sqlite'),
  host: plain('The host of the database'),
  /** Blank: the one that this kind of database usually has. */
  port: whole('The port of the database', undefined, 1, 65_535),
  instance: plain('The instance of the database'),
  database: plain('The name of the database'),
  schema: plain('The schema of the database'),
  login: choice('The kind of login', 'sql', 'ntlm', 'azure-password', 'azure-service-principal'),
  domain: plain('The Windows domain of the database'),
  tenant: plain('The tenant ID of the database'),
  client: plain('The client ID of the database'),
  encryption: choice('The choice of TLS', 'off', 'on', 'verify'),
  connectTime: decimal('The time to connect', 10, 1, 120, 's'),
  statementTime: decimal('The time of a statement', 15, 1, 3600, 's'),
  createTables: onOff('The choice to create missing tables', true),
  driverOptions: plain('The further driver options'),
  contentDays: kept('contentDays', undefined, 'days'),
  contentMessages: kept('contentMessages', undefined, 'messages'),
  days: kept('days', undefined, 'days'),
  messages: kept('messages', undefined, 'messages'),
  everyMinutes: kept('everyMinutes', 60, 'min'),
  identifiers: plain('The list of places of identifiers'),
} as const;
