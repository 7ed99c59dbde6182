import { OpenError } from '../../open-error';
import type { ServerInfo, Session } from '../shared';
import { answers } from './capabilities';

const SERVER = `SELECT @@VERSION AS banner, CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS version`;
const DATABASE = 'SELECT name, delayed_durability_desc AS delayed_durability FROM sys.databases WHERE name = DB_NAME()';

/** Rows come as JSON. */
const JSON_TRIAL = `SELECT one FROM OPENJSON(N'[{"one":"x"}]') WITH (one nvarchar(1)) AS o`;

/** What the server says of itself. Throws `STORE_OPEN_FAILED` for a database that cannot take rows. */
export async function factsOf(session: Session, location: string): Promise<ServerInfo> {
  const [server] = await session.run<{ banner: string; version: string }>(SERVER);
  const { banner, version } = server!;
  if (!(await answers(session, JSON_TRIAL))) {
    throw unusable(
      location,
      'It has no OPENJSON: SQL Server 2016 or later is needed, with ALTER DATABASE … SET COMPATIBILITY_LEVEL = 130 or higher.',
    );
  }
  // Other TDS servers have none of this to tell, and take their time for the view.
  const own = banner.startsWith('Microsoft');
  const [database] = own ? await session.run<{ name: string; delayed_durability: string }>(DATABASE) : [];
  const durability = { delayed_durability: database?.delayed_durability ?? 'DISABLED' };
  const warnings: string[] = [];
  if (durability.delayed_durability === 'FORCED') {
    warnings.push('DELAYED_DURABILITY is FORCED: a power cut can lose what was acknowledged');
  }
  if (database?.name === 'tempdb') warnings.push('the tables are in tempdb: a restart of the server loses them');
  const product = banner.split(/\n| \(| - /)[0]!.trim();
  return { version: `${product} ${version}`, durability, warnings };
}

function unusable(location: string, why: string): OpenError {
  return new OpenError({ why: 'version', text: `The database ${location} cannot be opened. ${why}` });
}
