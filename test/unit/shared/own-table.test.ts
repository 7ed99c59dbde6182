import { expect } from 'chai';
import type { Node, NodeAPI } from 'node-red';
import { CustomTableSource } from '../../../nodes/db-store/custom-table';
import { Hl7Error } from '../../../nodes/lib/errors';
import { util } from '../editor-files';

describe('custom table: expressions', () => {
  const failing = { get: (_key: string, _store: unknown, done: (error: Error) => void) => done(new Error('SECRET')) };
  const node = { context: () => ({ flow: failing, global: failing }) } as unknown as Node;
  const text = 'MSH|^~\\&|S|H|L|A|20240229101112||ADT^A08|C1|P|2.5\rPID|1||1~2\r';
  const source = (expression: string) =>
    new CustomTableSource({ util } as unknown as NodeAPI, node, {
      table: 't',
      columns: [{ column: 'x', kind: 'expression', source: expression, misfit: 'null' }],
    });

  it('that fail with a context store refuse the message: no value is to blame', async () => {
    for (const expression of ['$flowContext("x")', '$globalContext("x", "file")']) {
      let thrown: unknown;
      try {
        await source(expression).rows({}, text);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).to.be.instanceOf(Hl7Error).with.property('code', 'STORE_VALUE_REFUSED');
      expect((thrown as Error).message)
        .to.contain('the column x has an expression that fails (no code)')
        .and.not.contain('SECRET');
    }
  });

  it('that fail on a value have what is set, and name the column', async () => {
    const own = await source('$number("x")').rows({}, text);
    expect(own).to.deep.include({ rows: [[null]], failed: ['x'] });
  });

  it('that read the first of several name the column', async () => {
    expect(await source(`$hl7('PID-3')`).rows({}, text)).to.deep.include({ rows: [['1']], leftOut: ['x'] });
    expect(await source(`$hl7('PID-3[1]')`).rows({}, text)).to.not.have.property('leftOut');
    expect(await source(`$join($hl7all('PID-3'), '+')`).rows({}, text)).to.deep.include({ rows: [['1+2']] });
  });
});
