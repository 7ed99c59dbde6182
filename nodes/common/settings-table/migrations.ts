// How the configurations of earlier versions become those of today. The runtime and the dialogs use it, so that a flow of
// any earlier version runs and opens. Imports nothing of Node.js or Node-RED.
import type { NodeType } from './tables';

/** The properties of a node, as its flow file has them. */
export type Properties = Record<string, unknown>;

/** What a node's migrations make of its configuration. */
interface Migrated<T> {
  config: T;
  /** Credentials that take the place of properties of an earlier version. */
  credentials: Readonly<Record<string, string>>;
  /** The version that the configuration was saved in. */
  from: number;
}

/**
 * A step from one version to the next: changes the properties, and may give credentials. The editor gives a property that
 * an imported flow lacks the default of today, its version included: a step must find what it is about by the properties
 * of old, which `LEGACY` keeps from being lost.
 */
type Step = (properties: Properties, credentials: Record<string, string>) => void;

/** Gives properties that a version did not have yet the value that it went by. */
const fill =
  (values: Properties): Step =>
  (properties) => {
    for (const [name, value] of Object.entries(values)) properties[name] ??= value;
  };

/** Version 1: user and password name their variables themselves. */
const loginFromVariables: Step = (properties, credentials) => {
  if (properties.userFrom === 'environment') {
    const user = String(properties.userVariable ?? 'HL7_DB_USER').trim();
    const password = String(properties.passwordVariable ?? 'HL7_DB_PASSWORD').trim();
    credentials.user = user && `\${${user}}`;
    // The variable of a user without a password was allowed to be empty.
    credentials.password = password && `\${${password}:-}`;
  }
};

/** The steps of each node: the first leads from version 0, of configurations without a version, to version 1. */
const STEPS: Readonly<Record<NodeType, readonly (readonly Step[])[]>> = {
  'hl7-mllp-in': [[]],
  'hl7-parse': [[]],
  'hl7-database': [
    [
      fill({
        dialect: 'sqlite',
        login: 'sql',
        encryption: 'off',
        connectTime: '10',
        statementTime: '15',
        createTables: true,
        everyMinutes: '60',
      }),
      loginFromVariables,
    ],
  ],
  'hl7-db-store': [[fill({ write: 'log', mode: 'insert', rows: 'message' })]],
  'hl7-ack-out': [[]],
};

/** Properties of earlier versions. The definition of the node keeps them without a value: the editor drops what it lacks. */
export const LEGACY: Readonly<Record<NodeType, readonly string[]>> = {
  'hl7-mllp-in': [],
  'hl7-parse': [],
  'hl7-database': ['userFrom', 'userVariable', 'passwordVariable'],
  'hl7-db-store': [],
  'hl7-ack-out': [],
};

/** The version that a node's configuration is saved in today. */
export function currentVersion(type: NodeType): number {
  return STEPS[type].length;
}

function versionOf(type: NodeType, config: Properties): number {
  if (LEGACY[type].some((name) => config[name] !== undefined)) return 0;
  const version = Number(config.configVersion ?? 0);
  return Number.isInteger(version) && version > 0 ? version : 0;
}

/**
 * A node's configuration in the form of today; one of a later version than this package knows stays as it is. Changes
 * nothing of what it is given.
 */
export function migrate<T extends object>(type: NodeType, config: T): Migrated<T> {
  const properties = { ...config } as Properties;
  const credentials: Record<string, string> = {};
  const from = versionOf(type, properties);
  for (const step of STEPS[type].slice(from).flat()) step(properties, credentials);
  for (const name of LEGACY[type]) delete properties[name];
  if (from < currentVersion(type)) properties.configVersion = currentVersion(type);
  return { config: properties as unknown as T, credentials, from };
}
