import type { Node } from 'node-red';
import type { DatabaseState, RetentionResult, Store } from '../lib/store';

/** The state of a database, or why there is none that could be opened. */
export interface DatabaseNodeState extends DatabaseState {
  /** The settings or the login are missing, or there are settings, or those of TLS, that cannot be used. */
  unusable?: 'settings' | 'login' | 'tls' | 'wrong';
  /** The environment variable that a setting was to come from, and that says nothing. */
  variable?: string;
}

/** What `db store` and the editor use of a database. */
export interface DatabaseNode extends Node {
  /** The open store. Rejects with STORE_UNAVAILABLE while the database cannot be used. */
  store(): Promise<Store>;
  /** Tells the state now and at each change; returns the function that ends it. */
  watch(listener: (state: DatabaseNodeState) => void): () => void;
  /** What became of the last run of the retention, if there was one. */
  retention(): RetentionResult | undefined;
  /** The nodes that use it, by their ids. Node-RED tells Status nodes of their flows the status of this one. */
  users: Record<string, Node>;
}
