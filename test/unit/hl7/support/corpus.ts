import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isBatch, splitBatch } from '../../../../nodes/lib/hl7/batch';
import { readDelimiters } from '../../../../nodes/lib/hl7/delimiters';

const FOLDER = path.resolve(__dirname, '../../../../../shared/corpus');
const INDEX = path.join(FOLDER, 'index.tsv');

export interface CorpusMessage {
  file: string;
  /** One message, in the latin1 view of its bytes. */
  text: string;
}

/** True when the shared messages are on this machine. */
export const hasCorpus = existsSync(INDEX);

/** The files as they are. */
export function corpusFiles(): CorpusMessage[] {
  const lines = readFileSync(INDEX, 'utf8').split('\n').slice(1);
  return lines
    .map((line) => line.split('\t')[0]!)
    .filter((file) => file !== '')
    .map((file) => ({ file, text: readFileSync(path.join(FOLDER, file), 'latin1') }));
}

/** Every message with a usable MSH; batches split. */
export function corpusMessages(): CorpusMessage[] {
  return corpusFiles()
    .flatMap(({ file, text }) =>
      isBatch(text) ? splitBatch(text).messages.map((one) => ({ file, text: one.text })) : [{ file, text }],
    )
    .filter(({ text }) => text.startsWith('MSH') && readDelimiters(text) !== undefined);
}
