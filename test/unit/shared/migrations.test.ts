// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is tested
import { expect } from 'chai';
import { currentVersion, LEGACY, migrate } from '../../../nodes/common/settings-table/migrations';
import { type NodeType, SETTINGS } from '../../../nodes/common/settings-table/tables';
import { checked, filesUnder, loaded, text } from '../editor-files';

type Node = Record<string, unknown> & { type: NodeType };

const FOLDER = 'test/fixtures/flows-version-0';
const ours = (file: string): Node[] => (JSON.parse(text(file)) as Node[]).filter(({ type }) => type in SETTINGS);

describe('configurations of version 0', () => {
  for (const file of filesUnder(FOLDER, '.json')) {
    it(`${file.slice(FOLDER.length + 1)} become those of today, and are valid in the dialogs`, () => {
      for (const old of ours(file)) {
        const before = JSON.stringify(old);
        const { config, credentials, from } = migrate(old.type, old);
        expect(from).to.equal(0);
        expect(JSON.stringify(old), 'what was given').to.equal(before);
        expect(config).to.include({ configVersion: currentVersion(old.type) });
        expect(config).to.not.have.any.keys(...LEGACY['hl7-database']);
        const node = loaded.find(({ type }) => type === old.type)!;
        for (const [property, { validate, type }] of Object.entries(node.definition.defaults)) {
          if (!validate || type) continue;
          for (const properties of [old, config]) {
            expect(checked(node, property, properties[property], properties), property).to.equal(true);
          }
        }
        expect(credentials).to.deep.equal(
          old.userFrom === 'environment' ? { user: '${HL7_DB_USER}', password: '${HL7_DB_PASSWORD:-}' } : {},
        );
      }
    });
  }

  it('get what they lack', () => {
    const { config } = migrate('hl7-database', { file: 'x.sqlite', connectTime: '5' } as Record<string, unknown>);
    expect(config).to.deep.equal({
      file: 'x.sqlite',
      connectTime: '5',
      dialect: 'sqlite',
      login: 'sql',
      encryption: 'off',
      statementTime: '15',
      createTables: true,
      everyMinutes: '60',
      configVersion: 1,
    });
    expect(migrate('hl7-db-store', {}).config).to.deep.equal({
      write: 'log',
      mode: 'insert',
      rows: 'message',
      configVersion: 1,
    });
  });

  it('have their variables in their credentials', () => {
    const of = (properties: object) => migrate('hl7-database', { userFrom: 'environment', ...properties }).credentials;
    expect(of({})).to.deep.equal({ user: '${HL7_DB_USER}', password: '${HL7_DB_PASSWORD:-}' });
    expect(of({ userVariable: ' U ', passwordVariable: '' })).to.deep.equal({ user: '${U}', password: '' });
    expect(migrate('hl7-database', { userFrom: 'stored', userVariable: 'U' }).credentials).to.deep.equal({});
  });

  it('are known by their properties where the editor has given them the version of today', () => {
    const imported = { configVersion: 1, userFrom: 'environment', userVariable: 'U', passwordVariable: 'P' };
    const { config, credentials, from } = migrate('hl7-database', imported);
    expect(from).to.equal(0);
    expect(credentials).to.deep.equal({ user: '${U}', password: '${P:-}' });
    expect(config).to.not.have.any.keys('userFrom', 'userVariable', 'passwordVariable');
  });
});

describe('configurations of today', () => {
  it('stay as they are, and so do later ones', () => {
    for (const { type } of loaded) {
      const node = { configVersion: currentVersion(type as NodeType), name: 'x' };
      expect(migrate(type as NodeType, node).config).to.deep.equal(node);
      const later = { configVersion: 99, name: 'x' };
      expect(migrate(type as NodeType, later)).to.deep.include({ config: later, from: 99 });
    }
  });

  it('are what a new node has, and what old properties are kept for', () => {
    for (const { type, definition } of loaded) {
      expect(definition.defaults.configVersion?.value, type).to.equal(currentVersion(type as NodeType));
      const without = Object.entries(definition.defaults).filter(
        ([, one]) => 'value' in one && one.value === undefined,
      );
      expect(
        without.map(([property]) => property),
        type,
      ).to.have.members([...LEGACY[type as NodeType]]);
    }
  });

  it('of a strange version count as the oldest', () => {
    for (const configVersion of ['', 'x', -1, 1.5, null]) {
      expect(migrate('hl7-parse', { configVersion }).from, String(configVersion)).to.equal(0);
    }
    expect(migrate('hl7-parse', { configVersion: '1' }).from).to.equal(1);
  });
});
