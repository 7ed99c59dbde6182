import { expect } from 'chai';
import { type Batch, isBatch, splitBatch } from '../../../nodes/lib/hl7';

const A = 'MSH|^~\\&|A\rPID|1\r';
const B = 'MSH|^~\\&|B\rPID|2\r';

function codes(batch: Batch): string[] {
  return batch.warnings.map(({ code }) => code);
}

function texts(batch: Batch): string[] {
  return batch.messages.map(({ text }) => text);
}

describe('batches', () => {
  it('splits a file of batches and reads its envelope', () => {
    const text = `FHS|^~\\&|F||||||||F1\rBHS|^~\\&|X||||||||B1\r${A}${B}BTS|2\rBHS|^~\\&|Y||||||||B2\r${B}BTS|1|end\rFTS|2\r`;
    const batch = splitBatch(text);
    expect(texts(batch)).to.deep.equal([A, B, B]);
    expect(batch.warnings).to.deep.equal([]);
    expect(batch.stray).to.deep.equal([]);
    expect(batch.envelope.file!.fields[11]).to.equal('F1');
    expect(batch.envelope.batch!.fields[11]).to.equal('B1');
    expect(batch.envelope.batches.map(({ fields }) => fields[3])).to.deep.equal(['X', 'Y']);
    expect(batch.envelope.batchTrailer).to.deep.equal(['BTS', '2']);
    expect(batch.envelope.fileTrailer).to.deep.equal(['FTS', '2']);
    for (const { text: own, start, end } of batch.messages) expect(text.slice(start, end)).to.equal(own);
  });

  const cases: [name: string, text: string, messages: string[], warnings: string[]][] = [
    ['one message', A, [A], []],
    ['two messages without an envelope', A + B, [A, B], []],
    ['nothing', '', [], []],
    ['no messages', 'BHS|^~\\&\rBTS|0\r', [], []],
    ['counts that are empty', `BHS|^~\\&\r${A}BTS||note\r`, [A], []],
    ['a blank envelope trailer', `BHS|^~\\&\r${A}BTS\r`, [A], []],
    ['a wrong count', `BHS|^~\\&\r${A}${B}BTS|3\r`, [A, B], ['BATCH_COUNT']],
    ['a count that is none', `BHS|^~\\&\r${A}BTS|many\r`, [A], ['BATCH_COUNT']],
    ['a count with zeros in front', `BHS|^~\\&\r${A}BTS|001\r`, [A], []],
    ['a wrong file count', `FHS|^~\\&\rBHS|^~\\&\r${A}BTS|1\rFTS|2\r`, [A], ['BATCH_FILE_COUNT']],
    ['a file without batches', `FHS|^~\\&\r${A}${B}FTS|1\r`, [A, B], []],
    ['no BTS', `BHS|^~\\&\r${A}`, [A], ['BATCH_NO_TRAILER']],
    ['no BTS before the next BHS', `BHS|^~\\&\r${A}BHS|^~\\&\r${B}BTS|1\r`, [A, B], ['BATCH_NO_TRAILER']],
    ['no BHS', `${A}BTS|1\r`, [A], ['BATCH_NO_HEADER']],
    ['no FTS', `FHS|^~\\&\r${A}`, [A], ['BATCH_NO_TRAILER']],
    ['no FHS', `BHS|^~\\&\r${A}BTS|1\rFTS|1\r`, [A], ['BATCH_NO_HEADER']],
    ['text in front', `hello\r${A}`, [A], ['BATCH_STRAY_TEXT']],
    ['no last line end', `BHS|^~\\&\r${A}BTS|1`, [A], []],
    ['segments behind a trailer', `BHS|^~\\&\r${A}BTS|1\rZZZ|1\r`, [A], ['BATCH_STRAY_TEXT']],
    ['a header that cannot be read', `BHS\r${A}BTS|1\r`, [A], ['BATCH_BAD_HEADER']],
    ['blank lines', `\r\n\r\n${A}\r`, [`${A}\r`], []],
    [
      'words that begin like a header',
      `${A}MSH-10 is missing\rBTSX|1\rFTS 2\r`,
      [`${A}MSH-10 is missing\rBTSX|1\rFTS 2\r`],
      [],
    ],
    ['a header in the middle of a line', `${A}NTE|1||MSH|^~\\&|\r`, [`${A}NTE|1||MSH|^~\\&|\r`], []],
    ['delimiters of its own', 'BHS#@\rMSH|^~\\&|A\rMSH$%~\\&$B\rBTS#2\r', ['MSH|^~\\&|A\r', 'MSH$%~\\&$B\r'], []],
  ];
  for (const [name, text, messages, warnings] of cases) {
    it(name, () => {
      const batch = splitBatch(text);
      expect(texts(batch)).to.deep.equal(messages);
      expect(codes(batch)).to.deep.equal(warnings);
    });
    it(`${name}: nothing is lost`, () => {
      const batch = splitBatch(text);
      const kept = [...batch.messages, ...batch.stray].sort((a, b) => a.start - b.start);
      const rest = kept.reduceRight((left, one) => left.slice(0, one.start) + left.slice(one.end), text);
      expect(rest.split(/[\r\n]/).filter((line) => !/^(?:[FB]HS|[FB]TS|)(?:$|[^A-Z])/.test(line))).to.deep.equal([]);
    });
  }

  it('takes CRLF and LF', () => {
    const text = `BHS|^~\\&||||||||I\r${A}${B}BTS|2\r`;
    for (const end of ['\r\n', '\n']) {
      const own = text.replaceAll('\r', end);
      const batch = splitBatch(own);
      expect(texts(batch)).to.deep.equal([A, B].map((one) => one.replaceAll('\r', end)));
      expect(batch.envelope.batchTrailer).to.deep.equal(['BTS', '2']);
      expect(isBatch(own)).to.equal(true);
    }
  });

  it('leaves a lone line feed of a CR message alone, whatever follows', () => {
    const text = 'MSH|^~\\&|A\rNTE|1||see\nMSH-10, and\nBTS, and\nMSH#^~\\&#\rPID|1\r';
    expect(texts(splitBatch(text))).to.deep.equal([text]);
    expect(isBatch(text)).to.equal(false);
    const quoting = 'MSH|^~\\&|A\rNTE|1||see:\nMSH|^~\\&|B\nPID|2\nBTS|1\rPV1|1\r';
    expect(texts(splitBatch(quoting))).to.deep.equal([quoting]);
    expect(isBatch(quoting)).to.equal(false);
    // Behind the end of a segment it is a blank line, and in an LF message the end of one.
    for (const two of ['MSH|^~\\&|A\rPID|1\r\n\nMSH|^~\\&|B\rPID|2\r', 'MSH|^~\\&|A\nPID|1\nMSH|^~\\&|B\rPID|2\r']) {
      expect(splitBatch(two).messages).to.have.length(2);
      expect(isBatch(two)).to.equal(true);
    }
  });

  it('cuts bytes by their latin1 view', () => {
    const bytes = Buffer.from(`MSH|^~\\&|Zürich\rPID|1\rMSH|^~\\&|Genève\r`, 'utf8');
    const own = splitBatch(bytes.toString('latin1')).messages.map(({ start, end }) =>
      bytes.subarray(start, end).toString(),
    );
    expect(own).to.deep.equal(['MSH|^~\\&|Zürich\rPID|1\r', 'MSH|^~\\&|Genève\r']);
  });

  it('tells a batch from a message', () => {
    for (const text of [
      'FHS|^~\\&',
      'BHS|^~\\&',
      A + B,
      `${A}BTS|1\rOBX|1`,
      `${A}BHS|^~\\&`,
      `${A}BTS|1\r${B}`,
      `\r\nBHS|^~\\&\r${A}`,
    ]) {
      expect(isBatch(text), text).to.equal(true);
    }
    for (const text of [
      A,
      '',
      'PID|1',
      'MSH',
      `${A}NTE|1||BTS\r`,
      `${A}BTSX|\r`,
      `${A}MSH\r`,
      `${A}BTS|1`,
      `${A}FTS`,
      `${A}BTS|1\rFTS|1\r`,
    ]) {
      expect(isBatch(text), text).to.equal(false);
    }
  });

  it('never says a value', () => {
    const batch = splitBatch(`secret\rFHS|^~\\&\rBHS|^~\\&\r${A}BTS|secret\rsecret\rFTS|secret\r`);
    expect(batch.warnings).to.have.length(4);
    expect(JSON.stringify(batch.warnings)).not.to.contain('secret');
    expect(batch.stray.map(({ text }) => text)).to.deep.equal(['secret\r', '\rsecret\r']);
  });
});
