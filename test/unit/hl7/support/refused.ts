import { expect } from 'chai';
import { Hl7Error } from '../../../../nodes/lib/errors';

/** Runs something that must be refused with a stable code, and gives the error. */
export function refused(code: string, run: () => unknown): Hl7Error {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, `expected ${code}`).to.be.instanceOf(Hl7Error);
  const error = thrown as Hl7Error;
  expect(error.code).to.equal(code);
  return error;
}
