import { ERROR_CODES, ERROR_GROUPS, type ErrorFacts, type Fault } from '../nodes/lib/errors';

const ANSWER: Readonly<Record<Fault, string>> = {
  content: 'AE',
  refused: 'AR',
  system: 'as set',
};

const INTRODUCTION = `# Error codes

<!-- Made by \`npm run docs\` from nodes/lib/errors/codes.ts. Change it there. -->

Errors of these nodes have a stable code: \`msg.error.code\` behind a Catch node, \`error.code\` in a program. The text of an error says what happened, to which listener or table, and what to do; it never holds data of a message.

The column "answer" is what the sender of the message gets when the flow does not decide it: AE when the content is at fault, AR when the kind of message is refused; for faults of this system what "On failure" of mllp in says. In enhanced mode these are CE and CR where a commit acknowledgment is due.

What is only noted of a message, and why connections are closed, is in [deviations.md](deviations.md).
`;

/** The text of docs/errors.md. */
export function errorsPage(): string {
  const all = Object.entries(ERROR_CODES) as [string, ErrorFacts][];
  const sections = Object.entries(ERROR_GROUPS).map(([group, title]) => {
    const rows = all
      .filter(([, facts]) => facts.group === group)
      .map(([code, { fault, meaning, action }]) => `| \`${code}\` | ${meaning} | ${ANSWER[fault]} | ${action} |`);
    return [`## ${title}`, '', '| code | what it means | answer | what to do |', '|---|---|---|---|', ...rows, ''].join(
      '\n',
    );
  });
  return [INTRODUCTION, ...sections].join('\n');
}
