import { expect } from 'chai';
import type { DialectName, ServerOptions } from '../../nodes/lib/store';
import { type TestDatabase, testDatabases } from '../support/databases';
import { messageParts } from '../support/hl7-text';
import type { LogReader } from '../support/log-table';
import { CHARSET_SAMPLES, encoded, message } from '../support/messages';
import { needs } from '../support/require';
import { expectAck, expectRow, Shipped } from '../support/shipped';

describe('shipped examples on databases of a server', function () {
  this.timeout(60_000);

  const servers: [number: string, title: string, dialect: DialectName, properties?: Record<string, unknown>][] = [
    ['05', 'SQL Server', 'mssql'],
    ['06', 'PostgreSQL', 'postgres'],
    ['07', 'MariaDB', 'mariadb'],
    ['07', 'MySQL', 'mysql', { dialect: 'mysql' }],
    ['08', 'Oracle', 'oracle'],
  ];
  for (const [number, title, dialect, properties] of servers) {
    describe(`${number} - HL7 logger on ${title}`, () => {
      let database: TestDatabase | undefined;
      let table: LogReader;
      let shipped: Shipped;

      before(async function () {
        database = testDatabases().find((one) => one.dialect === dialect);
        await database?.present(this);
        needs(this, dialect, database, 'the tests know no such server');
        const options = (await database!.fresh()) as ServerOptions;
        table = database!.log(options);
        const { env } = database!.flow(options);
        shipped = await Shipped.run(number, env, [], properties);
      });
      after(async () => {
        await shipped?.end();
        await database?.dispose();
      });

      for (const size of [700, 19_000]) {
        it(`stores and acknowledges a message of about ${size} bytes`, async () => {
          const client = await shipped.connect();
          const sent = message({ size });
          const answer = await client.send(sent);
          expectAck(answer, sent, 'AA');
          expect((await expectRow(table, sent, answer)).text).to.equal(sent);
          expectAck(await client.send(sent), sent, 'AA');
          expect((await table.byControlId(messageParts(sent).controlId))[0]).to.include({ deliveries: 2 });
          await client.end();
        });
      }

      it('keeps the letters of every language', async () => {
        const client = await shipped.connect();
        for (const sample of CHARSET_SAMPLES) {
          const sent = encoded(sample);
          const row = await expectRow(table, sent, await client.send(sent));
          expect(row.text, sample.label).to.include(`||${sample.text}||`);
        }
        await client.end();
      });

      it('sends its own test message when its button is pressed', () => shipped.pressButton(table));

      it('has failed nowhere, and told no password', () => {
        expect(shipped.nodeRed.log).to.not.match(/\[error\] \[/);
        const password = process.env[`HL7_TEST_${dialect.toUpperCase()}_URL`]?.match(/:([^:@/]+)@/)?.[1];
        if (password !== undefined) expect(shipped.nodeRed.log).to.not.include(decodeURIComponent(password));
      });
    });
  }
});
