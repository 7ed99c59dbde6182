// What the scripts for the editor use of it.

/** A property's definition in a node's `defaults`. */
interface EditorOption {
  label?: string;
}

/** A node as the editor has it. */
interface EditorNode {
  [property: string]: unknown;
  id: string;
  type: string;
  _(key: string, values?: Record<string, unknown>): string;
  _def: { now(node: EditorNode, property: string): unknown };
}

/** True, or why a value is not valid. */
type Verdict = true | string;

declare const hl7Dialog: {
  /** What the editor says of a configuration node that is chosen where none has to be. */
  chosen(id: unknown, opt: EditorOption): Verdict;
};
