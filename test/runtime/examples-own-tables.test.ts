import { expect } from 'chai';
import { field, messageParts } from '../support/hl7-text';
import { query } from '../support/log-table';
import { message } from '../support/messages';
import { expectAck, expectRow, Shipped } from '../support/shipped';

describe('shipped examples that write a table of their own', function () {
  this.timeout(60_000);

  describe('09 - ORU results, one row an OBX, beside the log', () => {
    let shipped: Shipped;
    before(async () => {
      shipped = await Shipped.run('09');
    });
    after(() => shipped?.end());

    const results = (controlId: string) =>
      query<Record<string, unknown>>(
        shipped.nodeRed.table().file,
        'SELECT patient_id, filler_order, n, code, value, value_number, unit, observed_at FROM lab_results WHERE control_id = ? ORDER BY n',
        [controlId],
      );

    it('writes a row for each OBX beside the log, once however often the message comes', async () => {
      const client = await shipped.connect();
      const sent = message({ kind: 'ORU' });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AA');
      await expectRow(shipped.nodeRed.table(), sent, answer);
      const expected = [
        { n: 1, code: '2345-7', value: '98', value_number: 98, unit: 'mg/dL' },
        { n: 2, code: '2160-0', value: '1.1', value_number: 1.1, unit: 'mg/dL' },
      ].map((one) => ({
        patient_id: '100001',
        filler_order: 'F4711',
        ...one,
        observed_at: '2026-04-01 09:00:00',
      }));
      const { controlId } = messageParts(sent);
      expect(await results(controlId)).to.deep.equal(expected);
      expectAck(await client.send(sent), sent, 'AA');
      expect(await results(controlId)).to.deep.equal(expected);
    });

    it('keeps the text of a result that is no number', async () => {
      const client = await shipped.connect();
      const sent = message({ kind: 'ORU', size: 2000 });
      expectAck(await client.send(sent), sent, 'AA');
      const rows = await results(messageParts(sent).controlId);
      expect(rows.length).to.be.greaterThan(2);
      expect(rows.at(-1)).to.include({ value_number: null, code: 'NOTE' });
      expect(rows.at(-1)?.value).to.match(/^Synthetic text/);
    });

    it('keeps all repetitions of a result, and takes a structured numeric for the number that it is', async () => {
      const client = await shipped.connect();
      const cases: [string, string, string, number | null][] = [
        ['TX', 'line1~line2~line3', 'line1\nline2\nline3', null],
        ['CE', 'POS^Positive^L~NEG^Negative^L', 'POS^Positive^L\nNEG^Negative^L', null],
        ['SN', '^4.5', '^4.5', 4.5],
        ['SN', '=^4.5', '=^4.5', 4.5],
        ['SN', '>^100', '>^100', null],
        ['SN', '^1^-^2', '^1^-^2', null],
        ['NM', '+4.50', '+4.50', 4.5],
        ['NM', '5~6', '5\n6', null],
      ];
      const head = message({ kind: 'ORU' }).split('\r').slice(0, 4);
      const segments = cases.map(([type, sent], n) => `OBX|${n + 1}|${type}|C${n}||${sent}|||A~B`);
      const sent = `${[...head, ...segments].join('\r')}\r`;
      expectAck(await client.send(sent), sent, 'AA');
      const { controlId } = messageParts(sent);
      const found = await results(controlId);
      expect(found.map(({ value, value_number }) => [value, value_number])).to.deep.equal(
        cases.map(([, , value, number]) => [value, number]),
      );
      const flags = await query(
        shipped.nodeRed.table().file,
        'SELECT DISTINCT flag FROM lab_results WHERE control_id = ?',
        [controlId],
      );
      expect(flags).to.deep.equal([{ flag: 'A~B' }]);
      const [row] = await shipped.nodeRed.table().byControlId(controlId);
      expect(row).to.include({ deviations: null });
    });

    it('says so in the log where one of several values is written', async () => {
      const client = await shipped.connect();
      const sent = message({ kind: 'ORU' }).replace(/(PID\|[^|]*\|[^|]*\|)/, '$17^^^OTHER^PI~');
      expectAck(await client.send(sent), sent, 'AA');
      const { controlId } = messageParts(sent);
      expect((await results(controlId))[0]).to.include({ patient_id: '7' });
      const [row] = await shipped.nodeRed.table().byControlId(controlId);
      expect(row).to.include({ deviations: 'REPETITIONS_LEFT_OUT' });
    });

    it('takes a batch: rows for each of its messages, and one batch of answers', async () => {
      const client = await shipped.connect();
      const sent = [message({ kind: 'ORU' }), message({ kind: 'ORU' })];
      const ids = sent.map((one) => messageParts(one).controlId);
      const answer = await client.send(`BHS|^~\\&|LAB|NORD|||||NIGHT||BATCH9\r${sent.join('')}BTS|3\r`);
      expect(ids.map((_, n) => [field(answer, 'MSA', 1, n + 1), field(answer, 'MSA', 2, n + 1)])).to.deep.equal(
        ids.map((id) => ['AA', id]),
      );
      for (const id of ids) expect(await results(id)).to.have.length(2);
      const rows = await query<Record<string, unknown>>(
        shipped.nodeRed.table().file,
        `SELECT m.control_id, m.deviations, i.source, i.value FROM hl7_identifiers i
         JOIN hl7_messages m ON m.id = i.message_id WHERE i.kind = 'batch' ORDER BY m.id, i.position`,
      );
      expect(rows).to.deep.equal(
        ids.flatMap((control_id) =>
          [
            ['BHS-11', 'BATCH9'],
            ['BHS-9', 'NIGHT'],
          ].map(([source, value]) => ({ control_id, deviations: 'BATCH_ENVELOPE,BATCH_COUNT', source, value })),
        ),
      );
    });

    it('answers an empty batch with an empty batch', async () => {
      const client = await shipped.connect();
      const fhs = 'FHS|^~\\&|BAT|NORD|LOG|HOSP|20260301||F||FH4';
      const bhs = 'BHS|^~\\&|BAT|NORD|LOG|HOSP|20260301||||BH4';
      const answer = (await client.send(`${fhs}\r${bhs}\rBTS|0\rFTS|1\r`)).toString();
      const lines = answer.trimEnd().split('\r');
      expect(lines.map((line) => line.slice(0, 5))).to.deep.equal(['FHS|^', 'BHS|^', 'BTS|0', 'FTS|1']);
      expect(lines.slice(0, 2).map((line) => line.split('|')[11])).to.deep.equal(['FH4', 'BH4']);
    });

    it('stores a message without results in the log alone', async () => {
      const client = await shipped.connect();
      const sent = message({ kind: 'ADT' });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AA');
      await expectRow(shipped.nodeRed.table(), sent, answer);
      expect(await results(messageParts(sent).controlId)).to.deep.equal([]);
    });

    it('sends its own test message when its button is pressed', () => shipped.pressButton());
  });

  describe('10 - Patients from ADT upserted into a table', () => {
    let shipped: Shipped;
    before(async () => {
      shipped = await Shipped.run('10');
    });
    after(() => shipped?.end());

    const patient = async (id: string) => {
      const [row, ...others] = await query<Record<string, unknown>>(
        shipped.nodeRed.table().file,
        'SELECT authority, family_name, given_name, birth_date, sex, phone, last_event, last_control_id FROM patients WHERE patient_id = ?',
        [id],
      );
      expect(others).to.deep.equal([]);
      return row;
    };

    it('inserts a patient, changes it, keeps what a message leaves out, and empties what it nulls', async () => {
      const client = await shipped.connect();
      const first = message({ patientId: 'P1^^^HOSPITAL^MR', name: 'ONE^ANNA' });
      const answer = await client.send(first);
      expectAck(answer, first, 'AA');
      await expectRow(shipped.nodeRed.table(), first, answer);
      const known = { authority: 'HOSPITAL', birth_date: '1970-01-01', sex: 'F', last_event: 'A01' };
      expect(await patient('P1')).to.deep.equal({
        ...known,
        family_name: 'ONE',
        given_name: 'ANNA',
        phone: '555-0100',
        last_control_id: messageParts(first).controlId,
      });
      const second = message({ patientId: 'P1^^^HOSPITAL^MR', name: 'TWO' }).replace('555-0100', '""');
      expectAck(await client.send(second), second, 'AA');
      expect(await patient('P1')).to.deep.equal({
        ...known,
        family_name: 'TWO',
        given_name: 'ANNA',
        phone: null,
        last_control_id: messageParts(second).controlId,
      });
    });

    it('answers AE to a message without a number for the patient, and stores nothing of it', async () => {
      const client = await shipped.connect();
      const sent = message({ patientId: '' });
      const answer = await client.send(sent);
      expectAck(answer, sent, 'AE');
      expect(field(answer, 'ERR', 2)).to.equal('PID^1^3^1^1');
      expect(await shipped.nodeRed.table().byControlId(messageParts(sent).controlId)).to.have.length(0);
    });

    it('takes a batch, each message as it would by itself', async () => {
      const client = await shipped.connect();
      const sent = [message({ patientId: 'B1^^^HOSPITAL^MR' }), message({ kind: 'ORU' })];
      const answer = await client.send(`BHS|^~\\&|ADT\r${sent.join('')}BTS|2\r`);
      expect([field(answer, 'MSA', 1, 1), field(answer, 'MSA', 1, 2)]).to.deep.equal(['AA', 'AR']);
      expect(await patient('B1')).to.include({ last_control_id: messageParts(sent[0]!).controlId });
    });

    it('refuses other messages with AR', async () => {
      const client = await shipped.connect();
      const sent = message({ kind: 'ORU' });
      expectAck(await client.send(sent), sent, 'AR');
    });

    it('sends its own test message when its button is pressed', () => shipped.pressButton());
  });
});
