import { atOnce, TURNS } from '../../util';
import { endOfBody, normaliseSegmentEndsSteps } from '../syntax/segments';
import { withNewKeys } from './keys';
import { checkLimits, DEFAULT_LIMITS, type Limits, tooLarge } from './limits';
import { ObjectReader } from './reader';
import { requireHeader } from './single-message';
import { TEXT_FACTS, type TextInfo, type Transformed } from './types';

/**
 * Parses one message, without a pause.
 * @param text begins with MSH; CR, LF or CRLF end its segments
 * @throws Hl7Error PARSE_NOT_TEXT, PARSE_NO_MSH, PARSE_NO_SEPARATOR, PARSE_SEVERAL_MESSAGES (use `splitBatch`), PARSE_TOO_LARGE
 * @example
 * const { toObject } = require('@hl7-logger/node-red');
 * const message = toObject('MSH|^~\\&|LAB|HOSP|EMR|HOSP|20260401||ORU^R01|4711|P|2.5\rPID|1||123^^^HOSP^MR\r');
 * message.PID[0].data['PID.3']['PID.3.1']; // => '123'
 */
export function toObject(text: string, limits: Readonly<Limits> = DEFAULT_LIMITS): Transformed {
  return atOnce(parseSteps(text, limits));
}

/** As `toObject`; yields to the event loop periodically. */
export function* parseSteps(text: string, limits: Readonly<Limits>): Generator<void, Transformed> {
  const delimiters = requireHeader(text);
  if (text.length > limits.characters) throw tooLarge('characters', limits.characters);
  const normal = yield* normaliseSegmentEndsSteps(text);
  yield* checkLimits(normal, delimiters, limits);
  const end = endOfBody(normal);
  const reader = new ObjectReader(normal, end, delimiters, limits.names);
  const root = yield* withNewKeys(limits.keys, reader.read());
  const facts: TextInfo = { end: normal.slice(end) };
  if (normal.indexOf('\n') !== -1) facts.lineFeeds = yield* textsWithLineFeed(root);
  root[TEXT_FACTS] = facts;
  return root;
}

function* textsWithLineFeed(root: Transformed): Generator<void, string[]> {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      if (value.includes('\n')) found.push(value);
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  let turn = 0;
  for (const { data } of Object.values(root).flat()) {
    for (const value of Object.values(data)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        visit(one);
        if (++turn % TURNS === 0) yield;
      }
    }
  }
  return found;
}
