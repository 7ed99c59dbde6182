import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { buildAck, encodeText, hasControlId, headerFacts, peekHeader, roleOf } from '../../../nodes/lib/hl7';
import { decodeMessage } from '../../../nodes/lib/hl7/charset/decode-message';
import { needsCorpus } from '../../support/require';

describe('the message corpus', () => {
  let folder: string;
  let files: string[] = [];

  before(function () {
    folder = needsCorpus(this);
    files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.hl7'));
    expect(files.length).to.be.above(1000);
  });

  it('is decoded without a replacement character, and encodes to the same bytes', () => {
    for (const file of files) {
      const raw = readFileSync(path.join(folder, file));
      const decoded = decodeMessage(raw);
      const body = decoded.bom ? raw.subarray(3) : raw;
      if (!body.includes('\ufffd')) expect(decoded.text, file).to.not.contain('\ufffd');
      expect(encodeText(decoded.text, decoded.charset).bytes.equals(body), file).to.equal(true);
    }
  });

  it('is acknowledged with each message’s own control ID, byte for byte', () => {
    let answered = 0;
    for (const file of files) {
      const decoded = decodeMessage(readFileSync(path.join(folder, file)));
      const header = peekHeader(decoded.text);
      if (header === undefined) continue;
      answered++;
      const controlId = header.fields[10] ?? '';
      const code = hasControlId(controlId) ? 'AA' : 'AE';
      const { charset, label } = decoded;
      const text = buildAck(header, { code, controlId: 'X1', time: new Date(0), charset: label });
      const { bytes, lossy } = encodeText(text, charset);
      // UTF-16 files are read back; in every other set the bytes are compared.
      const sent = charset.startsWith('utf-16') ? decodeMessage(bytes).text : bytes.toString('latin1');
      const echo = charset.startsWith('utf-16') ? controlId : encodeText(controlId, charset).bytes.toString('latin1');
      const separator = Buffer.from(header.delimiters.field).toString('latin1');
      expect(lossy, file).to.equal(false);
      expect(sent.split('\r')[1]!.split(separator).slice(0, 3), file).to.deep.equal(['MSA', code, echo]);
      expect(roleOf(text), file).to.not.equal('message');
      expect(headerFacts(peekHeader(text)), file).to.include({ type: 'ACK', controlId: 'X1' });
    }
    expect(answered).to.be.above(1000);
  });
});
