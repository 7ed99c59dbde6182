import type { Node } from 'node-red';
import type { DatabaseState } from '../lib/store/keeper';
import type { Store } from '../lib/store/store';

/** What `db store` uses of a database. */
export interface DatabaseNode extends Node {
  /** The open store. Rejects with STORE_UNAVAILABLE while the database cannot be used. */
  store(): Promise<Store>;
  /** Tells the state now and at each change; returns the function that ends it. */
  watch(listener: (state: DatabaseState) => void): () => void;
}
