import type { MessageRecord } from '../../record';

/** The answers of records that are offered together; `of` is the record's place. */
export function answersOf(records: readonly MessageRecord[], answeredAt: Date) {
  return records.flatMap(({ answers }, of) => answers.map((answer) => ({ of, answer, answeredAt })));
}

/** The identifiers of records that are offered together; `of` is the record's place. */
export function identifiersOf(records: readonly MessageRecord[]) {
  return records.flatMap(({ identifiers }, of) =>
    identifiers.map((identifier, n) => ({ of, position: n + 1, identifier })),
  );
}
