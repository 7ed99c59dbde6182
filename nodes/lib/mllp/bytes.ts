/** The characters of a block: `VT data FS CR` (HL7 Implementation Guide, Appendix C, C.4.2; TRMLLP R2, 1.2.1). */
export const VT = 0x0b;
export const FS = 0x1c;
export const CR = 0x0d;
export const LF = 0x0a;
export const NUL = 0x00;
export const SPACE = 0x20;
/** The only content of an accept block and of a reject block (TRMLLP R2, 1.2.2: custody, not the HL7 acknowledgment). */
export const ACCEPT = 0x06;
export const REJECT = 0x15;

/** NUL, CR, LF and space carry nothing where a block could begin: keep-alives, and line ends after a block. */
export function isFiller(byte: number | undefined): boolean {
  return byte === CR || byte === LF || byte === SPACE || byte === NUL;
}
