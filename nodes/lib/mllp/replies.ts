import type { Reply, Then } from './answers';

/**
 * Sends the answers to a frame. What cannot be sent closes the connection, so that the sender does not wait.
 * @throws (rejects) Hl7Error as `Reply.settle`
 */
export async function sendAnswers(reply: Reply, answers: readonly Buffer[], then: Then): Promise<void> {
  try {
    await reply.settle(answers, then);
  } catch (error) {
    // Nothing can be told to the sender here; on a closed connection it does not wait for an answer.
    if (!reply.settled) await reply.settle(undefined, 'close');
    throw error;
  }
}

/** Gives a frame up: nobody is answered, and the sender of a closed connection repeats its message. */
export function giveUp(reply: Reply): void {
  reply.settle(undefined, 'close').catch(() => undefined);
}
