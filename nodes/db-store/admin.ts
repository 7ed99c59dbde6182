import type { NodeAPI } from 'node-red';
import { Hl7Error } from '../lib/errors';
import { headerFacts, normaliseSegmentEnds, peekHeader, topic } from '../lib/hl7';
import { sampleAdmission, sampleResults } from '../lib/message';
import { type Cell, databaseKind, type TableSettings } from '../lib/store';
import { CustomTableSource } from './custom-table';

/** Characters of a value, and rows, that the preview shows. */
const MOST_SHOWN = 200;
const MOST_ROWS = 20;

/**
 * `POST hl7-logger/own-table/preview`: what a sample message would give in the table of a dialog that is still open, with
 * the SQL that would create the table. Nothing is written.
 */
export function registerCustomTableAdmin(RED: NodeAPI): void {
  RED.httpAdmin?.post(
    '/hl7-logger/own-table/preview',
    RED.auth.needsPermission('hl7-logger.write'),
    (request, response) => {
      const {
        settings = {},
        sample,
        dialect,
      } = (request.body ?? {}) as {
        settings?: TableSettings;
        sample?: unknown;
        dialect?: unknown;
      };
      const own = typeof sample === 'string' && sample.trim() !== '' ? sample : sampleFor(settings.rows);
      preview(RED, settings, normaliseSegmentEnds(own), dialect).then(
        (found) => response.json({ ok: true, sample: own, ...found }),
        (error: unknown) => {
          const message = error instanceof Hl7Error ? error.message : 'The preview failed.';
          response.json({ ok: false, sample: own, message });
        },
      );
    },
  );
}

function sampleFor(rows: unknown): string {
  return ['OBX', 'OBR', 'ORC', 'NTE'].includes(String(rows).trim().slice(0, 3)) ? sampleResults() : sampleAdmission();
}

async function preview(RED: NodeAPI, settings: TableSettings, text: string, dialect: unknown) {
  const source = new CustomTableSource(RED, undefined, settings);
  const own = databaseKind(dialect)?.customTableSql('');
  const facts = headerFacts(peekHeader(text));
  const msg = { payload: text, topic: topic(facts), hl7: facts, mllp: MLLP, raw: Buffer.from(text) };
  const rows = await source.cells(msg, text);
  return {
    columns: source.table.columns.map((column) => ({
      name: column.name,
      type: own?.typeOf(column) ?? column.type,
      key: column.key,
    })),
    rows: rows.slice(0, MOST_ROWS).map((row) => row.map(shown)),
    more: Math.max(0, rows.length - MOST_ROWS),
    sql: own?.createTable(source.table).join(';\n') ?? '',
  };
}

/** How a sample would have come. */
const MLLP = {
  listener: 'sample',
  connection: 'sample',
  remoteAddress: '127.0.0.1',
  remotePort: 50000,
  localPort: 2575,
  tls: false,
  receivedAt: '2024-02-29T10:11:12.500Z',
  size: 0,
  charset: 'utf-8',
  charsetFallback: false,
  deviations: [],
};

function shown({ column, written, cut, leftOut, failed, refused, problem }: Cell) {
  const bytes = column.type === 'bytes' || column.type === 'base64';
  const text = bytes && written ? `${written.length / 2} bytes` : written;
  return {
    value: typeof text === 'string' ? text.slice(0, MOST_SHOWN) : undefined,
    kind: refused ? 'refused' : kindOf(column, written, cut),
    problem,
    ...(!refused && leftOut && { leftOut }),
    ...(!refused && failed && { failed }),
  };
}

function kindOf({ kind }: Cell['column'], written: Cell['written'], cut: boolean): string {
  if (written === undefined) return 'left';
  if (written === null) return 'null';
  if (kind === 'log' && written === '') return 'id';
  return cut ? 'cut' : 'value';
}
