import { expect } from 'chai';
import { Store } from '../../../../nodes/lib/store';
import { OracleDialect } from '../../../../nodes/lib/store/dialects/oracle/dialect';
import type { ServerInfo } from '../../../../nodes/lib/store/dialects/shared/dialect';
import type { Session } from '../../../../nodes/lib/store/dialects/shared/session';
import { needs } from '../../../support/require';
import { rejection } from '../helper';
import { ora, session } from './fake';

const OPTIONS = { dialect: 'oracle', host: 'db', database: 'LOG', user: 'u', password: 'p' } as const;

/** Its steps, which are called with a session from outside here. */
class Steps extends OracleDialect {
  facts(one: Session): Promise<ServerInfo> {
    return this.prepare(one);
  }

  change(one: Session, change: () => Promise<void>): Promise<void> {
    return this.locked(one, change);
  }
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

describe('store: opening Oracle', () => {
  it('names the driver to install when it is missing', async function () {
    needs(this, 'absence of oracledb', !isInstalled('oracledb'), 'it is installed');
    const error = await rejection(Store.open(OPTIONS));
    expect(error.code).to.equal('STORE_DRIVER_MISSING');
    expect(error.message).to.include('npm install oracledb');
  });

  it('makes commits durable and times UTC, and says what is weak', async () => {
    const { calls, session: one } = await session([['SELECT value', { rows: [{ VALUE: 'WE8MSWIN1252' }] }]]);
    const facts = await new Steps(OPTIONS).facts(one);
    expect(facts).to.deep.include({
      version: 'Oracle Database 23.5.0.24.7',
      durability: { commit_logging: 'IMMEDIATE', commit_wait: 'WAIT' },
    });
    expect(facts.warnings).to.have.length(1);
    expect(facts.warnings[0]).to.include('WE8MSWIN1252');
    const settings = calls.map(({ sql }) => sql);
    expect(settings).to.include("ALTER SESSION SET TIME_ZONE = '+00:00'");
    expect(settings).to.include("ALTER SESSION SET COMMIT_WAIT = 'WAIT'");
    const { session: other } = await session([['SELECT value', { rows: [{ VALUE: 'AL32UTF8' }] }]]);
    expect((await new Steps(OPTIONS).facts(other)).warnings).to.deep.equal([]);
  });

  it('changes the schema again when another instance was first, and not for any other reason', async () => {
    const { calls, session: one } = await session([]);
    const dialect = new Steps(OPTIONS);
    let attempts = 0;
    await dialect.change(one, async () => {
      attempts += 1;
      if (attempts === 1) throw ora(1);
    });
    expect(attempts).to.equal(2);
    expect(calls.map(({ sql }) => sql)).to.deep.equal(['ROLLBACK', 'COMMIT']);
    const error = await dialect
      .change(one, async () => {
        attempts += 1;
        throw ora(1031);
      })
      .catch((reason: Error) => reason.message);
    expect(error).to.match(/^ORA-01031/);
    expect(attempts).to.equal(3);
  });
});
