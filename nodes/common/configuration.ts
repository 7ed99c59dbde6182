import type { Node, NodeAPI } from 'node-red';
import { variablesOf, withVariables } from './settings';
import { currentVersion, migrate } from './settings-table/migrations';
import type { NodeType } from './settings-table/tables';
import type { Lookup } from './variables';

/** A node's configuration in the form of today, and where the variables in it are looked up. */
export interface Configuration<T> {
  config: T;
  /** Credentials that take the place of properties of an earlier version. */
  credentials: Readonly<Record<string, string>>;
  lookup: Lookup;
}

/** Reads a node's configuration, of whatever version it is. Variables are still in it as they were entered. */
export function configurationOf<T extends object>(
  RED: NodeAPI,
  node: Node,
  type: NodeType,
  given: T,
): Configuration<T> {
  const { config, credentials, from } = migrate(type, withVariables(RED, node, given));
  if (from > currentVersion(type)) {
    node.warn(
      'The configuration of this node was saved by a later version of @hl7-logger/node-red. Settings that this version does not know are not used: install the later version, or open the node and check it.',
    );
  }
  return { config, credentials, lookup: variablesOf(RED, node) };
}
