/**
 * The control IDs (MSH-10) of the last answers to messages that were acknowledgments themselves. A peer that acknowledges
 * each of our acknowledgments, and asks for an acknowledgment of that, would have the two systems answer each other
 * without end: what acknowledges one of these (MSA-2) is not answered.
 */
const answers = new Set<string>();

/** A peer answers what it got last. */
const MOST = 10_000;

/** Notes the control ID of an answer to an acknowledgment. */
export function rememberAnswer(controlId: string): void {
  answers.add(controlId);
  if (answers.size <= MOST) return;
  for (const oldest of answers) {
    answers.delete(oldest);
    return;
  }
}

/** True when a control ID is that of an answer to an acknowledgment. @param controlId MSA-2 as sent */
export function isOwnAnswer(controlId: string): boolean {
  return answers.size > 0 && answers.has(controlId.trim());
}
