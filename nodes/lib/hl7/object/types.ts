/**
 * A message as plain data, in the shape of hl7-standard's `transformed`, with values as on the wire (still escaped).
 *
 * | on the wire | in the object |
 * |---|---|
 * | `x` | `'PID.3': 'x'` |
 * | `x^y` | `'PID.5': { 'PID.5.1': 'x', 'PID.5.2': 'y' }` |
 * | `x~y^z` | `'PID.3': [{ 'PID.3.1': 'x' }, { 'PID.3.1': 'y', 'PID.3.2': 'z' }]` |
 * | `a&b^c` | `'PID.3': { 'PID.3.1': ['a', 'b'], 'PID.3.2': 'c' }` |
 * | segment without a field (`ORC`) | `data: {}` |
 * | a line that is no segment | `{ type: '?', index, data: { '?.1': line } }` |
 */

/** A component: text, or its sub-components when it has several. */
export type ComponentValue = string | string[];
export interface Components {
  [key: string]: ComponentValue;
}
/** A field: text, its components, or its repetitions. */
export type FieldValue = string | Components | Components[];
export interface SegmentData {
  [key: string]: FieldValue;
}
export interface SegmentObject {
  type: string;
  /** Place in the message, from 0. */
  index: number;
  data: SegmentData;
}

/** Where an object keeps what its segments cannot show. An enumerable symbol: lodash's cloneDeep and spreading copy it. */
export const TEXT_FACTS: unique symbol = Symbol.for('hl7.text');

export interface TextInfo {
  /** What closes the text: `\r`, nothing, or `\r` several times. */
  end: string;
  /** Values and lines that hold a raw LF, as they came. They go out as they came; any other LF is escaped. */
  lineFeeds?: string[];
}

export interface Transformed {
  [segment: string]: SegmentObject[];
  [TEXT_FACTS]?: TextInfo;
}
