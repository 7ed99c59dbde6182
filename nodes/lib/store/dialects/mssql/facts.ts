import { Hl7Error } from '../../../errors';
import type { ServerFacts } from '../server/dialect';
import type { Session } from '../server/session';
import { answers } from './manners';

const FACTS = `SELECT @@VERSION AS banner, CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS version,
  d.name, d.delayed_durability_desc AS delayed_durability, d.is_read_only
FROM sys.databases AS d WHERE d.name = DB_NAME()`;

/** Rows come as JSON. */
const JSON_TRIAL = `SELECT one FROM OPENJSON(N'[{"one":"x"}]') WITH (one nvarchar(1)) AS o`;
interface Row {
  banner: string;
  version: string;
  name: string;
  delayed_durability: string | null;
  is_read_only: boolean;
}

/** What the server says of itself. Throws `STORE_OPEN_FAILED` for a database that cannot take rows. */
export async function factsOf(session: Session, location: string): Promise<ServerFacts> {
  const [row] = await session.run<Row>(FACTS);
  const { banner, version, name, delayed_durability, is_read_only } = row!;
  if (is_read_only)
    throw unusable(location, 'It is read-only: name the primary of its availability group, or make it writable.');
  if (!(await answers(session, JSON_TRIAL))) {
    throw unusable(
      location,
      'It has no OPENJSON: SQL Server 2016 or later is needed, with ALTER DATABASE … SET COMPATIBILITY_LEVEL = 130 or higher.',
    );
  }
  const durability = { delayed_durability: delayed_durability ?? 'DISABLED' };
  const warnings: string[] = [];
  if (durability.delayed_durability === 'FORCED') {
    warnings.push('DELAYED_DURABILITY is FORCED: a power cut can lose what was acknowledged');
  }
  if (name === 'tempdb') warnings.push('the tables are in tempdb: a restart of the server loses them');
  const product = banner.split(/\n| \(| - /)[0]!.trim();
  return { version: `${product} ${version}`, durability, warnings };
}

function unusable(location: string, why: string): Hl7Error {
  return new Hl7Error('STORE_OPEN_FAILED', `The database ${location} cannot be opened. ${why}`);
}
