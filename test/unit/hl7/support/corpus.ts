import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isBatch, peekHeader, splitBatch } from '../../../../nodes/lib/hl7';
import { corpusFolder } from '../../../support/require';

export interface CorpusMessage {
  file: string;
  /** One message, in the latin1 view of its bytes. */
  text: string;
}

/** The files as they are. The corpus must be there. */
export function corpusFiles(): CorpusMessage[] {
  const folder = corpusFolder() as string;
  const lines = readFileSync(path.join(folder, 'index.tsv'), 'utf8').split('\n').slice(1);
  return lines
    .map((line) => line.split('\t')[0]!)
    .filter((file) => file !== '')
    .map((file) => ({ file, text: readFileSync(path.join(folder, file), 'latin1') }));
}

/** Every message with a usable MSH; batches split. */
export function corpusMessages(): CorpusMessage[] {
  return corpusFiles()
    .flatMap(({ file, text }) =>
      isBatch(text) ? splitBatch(text).messages.map((one) => ({ file, text: one.text })) : [{ file, text }],
    )
    .filter(({ text }) => peekHeader(text) !== undefined);
}
