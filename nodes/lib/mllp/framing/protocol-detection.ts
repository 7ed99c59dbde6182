import type { CloseReason } from '../close-reasons';
import { VT } from './constants';

const HTTP = ['GET ', 'POST ', 'HEAD ', 'PUT ', 'OPTIONS ', 'DELETE ', 'CONNECT ', 'PATCH ', 'TRACE ', 'PRI * '];
const LONGEST = 8;

/** `'perhaps'`: more bytes are needed. `'no'`: none of those known here. */
type DetectedProtocol = Extract<CloseReason, 'HTTP_REQUEST' | 'TLS_ON_PLAIN_PORT'> | 'perhaps' | 'no';

/**
 * Recognises peers that speak another protocol by the first bytes of their connection: a TLS ClientHello
 * (`16 03`, RFC 8446 section 5.1) and an HTTP request (RFC 9112 section 3).
 */
export function detectProtocol(first: Buffer): DetectedProtocol {
  const head = first.length > LONGEST ? first.subarray(0, LONGEST) : first;
  if (head.length === 0) return 'perhaps';
  if (head[0] === VT) return 'no';
  if (head[0] === 0x16) {
    if (head.length === 1) return 'perhaps';
    return head[1] === 0x03 ? 'TLS_ON_PLAIN_PORT' : 'no';
  }
  const text = head.toString('latin1');
  for (const method of HTTP) {
    if (text.startsWith(method)) return 'HTTP_REQUEST';
    if (method.startsWith(text)) return 'perhaps';
  }
  return 'no';
}
