import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { presetOf, rangeOf, type SettingsTable } from '../../nodes/common/settings-table/setting';
import { type NodeType, SETTINGS } from '../../nodes/common/settings-table/tables';
import { Hl7Error } from '../../nodes/lib/errors';
import { CHARSET_KEYS, canonicalCharset } from '../../nodes/lib/hl7';
import { CHARSETS } from '../../nodes/lib/hl7/charset/names';
import { customTable, identifierPlaces } from '../../nodes/lib/store';
import { DEFAULT_IDENTIFIERS } from '../../nodes/lib/store/record/identifier-fields';
import { type ListenerConfig, listenerSettings } from '../../nodes/mllp-in/settings';
import {
  checked,
  defaultWords,
  editorClient,
  filesUnder,
  i18n,
  keysOf,
  load,
  loaded,
  names,
  nodeRed,
  paletteNodes,
  pkg,
  propertiesOf,
  root,
  type Syntax,
  semver,
  settingsOf,
  text,
  unbalanced,
} from './editor-files';

// What the palette scorecard checks, offline, and what it leaves out: texts, help, icons, colours, validators.

describe('package scorecard', () => {
  it('P01, P03, P04, P05: licence, repository, scoped name, keyword', () => {
    expect(pkg.license).to.match(/^[\w.-]+$/);
    expect(pkg.repository.url).to.match(/^git\+https:/);
    expect(pkg.bugs.url).to.match(/^https:/);
    expect(pkg.name).to.match(/^@[a-z0-9-]+\/[a-z0-9-]+$/);
    expect(pkg.keywords).to.include('node-red');
  });

  it('P06, P07: admits the installed Node-RED and the oldest Node that it runs on', () => {
    expect(semver.satisfies(nodeRed.version, pkg['node-red'].version)).to.equal(true);
    expect(semver.satisfies(semver.minVersion(nodeRed.engines.node).version, pkg.engines.node)).to.equal(true);
  });

  // The scorecard warns above six, and takes a reason in the README: the databases' drivers are there right after install.
  it('D01: no dependencies but six and those that the README gives a reason for', () => {
    const drivers = ['@appthreat/sqlite3', 'mssql', 'mysql2', 'pg'];
    const dependencies = Object.keys(pkg.dependencies);
    expect(dependencies).to.include.members(drivers);
    expect(dependencies.length).to.be.at.most(7);
    const readme = text('README.md');
    for (const driver of drivers) expect(readme, 'the reason').to.include(driver);
  });

  it('N01: type names are literals of one set, the definitions inline', () => {
    for (const { called, types, templateName, help, type } of loaded) {
      const registered = called('registerType');
      expect(registered.length).to.equal(1);
      const [typeNode, definition] = registered[0]!.arguments as Syntax[];
      expect(typeNode!.type).to.equal('Literal');
      expect(definition!.type).to.equal('ObjectExpression');
      for (const member of definition!.properties as Syntax[]) {
        const key = (member.key as Syntax).name as string;
        const kind = (member.value as Syntax).type;
        if (key === 'defaults') expect(kind).to.equal('ObjectExpression');
        if (['icon', 'color', 'inputs', 'outputs', 'category'].includes(key)) expect(kind, key).to.equal('Literal');
      }
      expect(types).to.deep.equal([templateName]);
      expect(type).to.match(/^hl7-/);
      expect(help).to.include(`data-help-name="${type}"`);
    }
    expect(new Set(loaded.map(({ type }) => type)).size).to.equal(names.length);
  });

  it('N02: every node of the palette appears in an example', () => {
    const used = filesUnder('examples', '.json').flatMap((file) =>
      (JSON.parse(text(file)) as { type: string }[]).map(({ type }) => type),
    );
    expect(used).to.include.members(paletteNodes.map(({ type }) => type));
  });
});

describe('examples', () => {
  for (const file of filesUnder('examples', '.json')) {
    it(`${basename(file)}: ids of their own, and the properties that the dialogs know, all valid`, () => {
      const flow = JSON.parse(text(file)) as Record<string, unknown>[];
      expect(flow.map(({ id }) => id)).to.have.length(new Set(flow.map(({ id }) => id)).size);
      for (const example of flow) {
        const node = loaded.find(({ type }) => type === example.type);
        if (!node) continue;
        expect(example, String(example.type)).to.include({ configVersion: 1 });
        for (const property of propertiesOf(node)) {
          const { validate, type } = node.definition.defaults[property]!;
          expect(example, String(example.type)).to.have.property(property);
          if (validate && !type) expect(checked(node, property, example[property], example), property).to.equal(true);
        }
      }
    });
  }
});

describe('icons', () => {
  for (const { type, definition } of paletteNodes) {
    it(`${type} has one: SVG of 2:3, white on transparent, a name of its own`, () => {
      const icon = definition.icon ?? '';
      expect(icon).to.match(/^hl7-[a-z-]+\.svg$/);
      const svg = text('icons', icon);
      expect(svg).to.match(
        /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="40" height="60" viewBox="0 0 40 60">/,
      );
      expect(unbalanced(svg)).to.deep.equal([]);
      const paint = [...svg.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map((found) => found[1]);
      expect(new Set(paint)).to.deep.equal(new Set(['none', '#fff']));
    });
  }

  it('are used by one node each, and none is left over', () => {
    const used = paletteNodes.map(({ definition }) => definition.icon);
    expect(readdirSync(join(root, 'icons')).sort()).to.deep.equal([...used].sort());
  });
});

/** What nodes share in the runtime; a status there begins with the name of the node that shows it. */
const shared = filesUnder(join('nodes', 'common'), '.ts').map((file) => text(file));

for (const node of loaded) {
  const { name, scripts, texts, borrowed, offered, loads, definition, catalogue, help, template, type, keys } = node;
  const prefix = definition.category === 'config' ? 'node-config-input-' : 'node-input-';
  const own = `${pkg.name}/${name}:`;

  describe(`${name}: dialog`, () => {
    it('is sound markup with a field for each property and a tooltip of one sentence on each row', () => {
      expect(unbalanced(template)).to.deep.equal([]);
      for (const property of propertiesOf(node)) {
        // What the dialog keeps as a list is no field of the editor's.
        const fields = [property, `${property}-list`].map((field) => `id="${prefix}${field}"`);
        expect(
          fields.some((field) => template.includes(field)),
          property,
        ).to.equal(true);
      }
      for (const [row] of template.matchAll(/<div class="form-row"[^>]*>/g)) expect(row).to.match(/\[title\]tip\./);
      for (const tip of Object.values<string>(catalogue.tip)) {
        expect(tip).to.match(/^[A-Z].*\.$/);
        expect(tip).to.not.match(/\. [A-Z]/);
      }
    });

    it('takes its colours from the theme, and only ones that it has', () => {
      const themed = readFileSync(join(editorClient, 'public', 'red', 'style.min.css'), 'utf8');
      const styles = `${template}\n${scripts.replace(/^\s*color: '#[0-9A-F]{6}',$/m, '')}`;
      expect(styles).to.not.match(/#[0-9a-f]{3}(?:[0-9a-f]{3})?\b(?!-)|\b(?:rgb|hsl)a?\(/i);
      for (const [, value] of styles.matchAll(/[\s;"](?:color|background(?:-color)?):\s*([^;"'}]+)/g)) {
        expect(value).to.match(/^var\(--red-ui-/);
      }
      for (const [, value] of styles.matchAll(/\bborder[a-z-]*:\s*([^;"}]+)/g))
        expect(value).to.match(/var\(--red-ui-|^0$|^none$/);
      for (const [variable] of styles.matchAll(/--red-ui-[a-z-]+/g)) expect(themed).to.include(`${variable}:`);
    });

    it('loads what it shares with other dialogs, when it does', () => {
      expect(offered).to.include.members([...borrowed]);
      expect(new Set([...borrowed].map((one) => one.split('.')[0]))).to.deep.equal(new Set(loads));
    });

    it('has the settings of its table, with their defaults and their choices', () => {
      const table: SettingsTable = SETTINGS[type as NodeType];
      const apart = ['name', 'tls', 'database', 'columns', 'outputs', 'identifiers'];
      const known = propertiesOf(node).filter((property) => !apart.includes(property) || property in table);
      expect(Object.keys(table)).to.have.members(known);
      for (const [property, setting] of Object.entries(table)) {
        expect(definition.defaults[property]!.value, property).to.equal(presetOf(setting));
        if (setting.kind !== 'choice') continue;
        const select = new RegExp(`<select id="${prefix}${property}"[\\s\\S]*?</select>`).exec(template)?.[0] ?? '';
        const offered = [...select.matchAll(/<option value="([^"]*)"/g)].map(([, value]) => value);
        expect(offered, property).to.deep.equal([...setting.choices]);
      }
    });

    it('validates with a reason, and finds its own defaults valid', () => {
      for (const [property, { value, validate, label, type: config }] of Object.entries(definition.defaults)) {
        if (!validate) continue;
        expect(validate.length, property).to.equal(2);
        if (label) expect(keys.has(label.replace(own, '')), label).to.equal(true);
        if (!config) expect(checked(node, property, value), property).to.equal(true);
      }
    });
  });

  describe(`${name}: texts`, () => {
    const local = texts.flatMap(({ editor, keys: used }) => {
      expect(used.length, 'a key that is no literal').to.be.above(0);
      return editor ? used : used.map((key) => own + key);
    });
    const statuses = [
      ...filesUnder(join('nodes', name), '.ts').map((file) => text(file)),
      ...shared.filter((code) => code.includes(`'${name}.status.`)),
    ];
    const runtime = [...statuses.join('\n').matchAll(/'([a-z][\w-]*(?:\.[\w-]+)+)'/g)]
      .map((found) => found[1]!)
      .filter((key) => /(^|\.)status\./.test(key));
    const used = [
      ...i18n(template),
      ...local.filter((key) => key.startsWith(own)).map((key) => key.slice(own.length)),
      ...runtime,
    ];

    it('every key that is used is in the catalogue', () => {
      expect(used.filter((key) => !keys.has(key))).to.deep.equal([]);
      const editor = JSON.parse(readFileSync(join(editorClient, 'locales', 'en-US', 'editor.json'), 'utf8'));
      const foreign = local.filter((key) => !key.startsWith(own));
      expect(foreign.filter((key) => !keysOf(editor).includes(key))).to.deep.equal([]);
    });

    it('every key of the catalogue is used', () => {
      const category = definition.category === 'config' ? [] : [`palette.label.${definition.category}`];
      expect([...keys]).to.have.members([...new Set([...used, ...category])]);
    });

    it('keep to the words of the house', () => {
      const words = `${JSON.stringify(catalogue)} ${help.replace(/<pre>[\s\S]*?<\/pre>/g, '')}`;
      expect(words).to.not.match(/please|successful|acknowledgement|\w!/i);
    });
  });

  describe(`${name}: help`, () => {
    const body = /<script type="text\/html" data-help-name="[^"]+">([\s\S]*)<\/script>/.exec(help)?.[1]?.trim() ?? '';

    it('begins with the tooltip paragraph, and has its sections in order', () => {
      expect(help.match(/<script/g)).to.have.length(1);
      expect(body).to.match(/^<p>/);
      expect(unbalanced(body)).to.deep.equal([]);
      const order = ['Inputs', 'Outputs', 'Details', 'In a Function node', 'References'];
      const sections = [...body.matchAll(/<h3>([^<]+)<\/h3>/g)].map((found) => found[1]!);
      expect(sections).to.deep.equal(order.filter((section) => sections.includes(section)));
      expect(sections).to.include.members(['Details', 'References']);
    });

    it('explains every property under its label', () => {
      const terms = [...body.matchAll(/<dt[^>]*>([^<]+)/g)].flatMap((found) => found[1]!.trim().split(', '));
      const labels = propertiesOf(node)
        .filter((property) => property !== 'outputs')
        .map((property) => String(catalogue.label[property]).replace(/ \(.*\)$/, ''));
      expect(terms).to.include.members(labels);
    });

    it('names the default of every property as the dialog shows it', () => {
      const named = new Map<string, string>();
      for (const property of propertiesOf(node)) {
        named.set(String(catalogue.label[property]).replace(/ \(.*\)$/, ''), defaultWords(node, property));
      }
      for (const [, terms, entry] of body.matchAll(/<dt>([^<]+)<\/dt>\s*<dd>([\s\S]*?)<\/dd>/g)) {
        const words = terms!.split(', ').flatMap((term) => named.get(term) ?? []);
        if (words.length === 0) continue;
        // What several properties have in common is said once.
        const said = words.filter((word, n) => word !== words[n - 1]).join('; ');
        const bare = entry!.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ');
        expect(/Default: (.*)\.$/.exec(bare)?.[1], terms).to.equal(said);
      }
    });

    it('names the range and the default of every number as the settings table has them', () => {
      const table: SettingsTable = SETTINGS[type as NodeType];
      const numbers = Object.entries(table).flatMap(([property, one]) =>
        one.kind === 'number' ? [[property, one] as const] : [],
      );
      const bare = body.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ');
      for (const [property, setting] of numbers) {
        const label = String(catalogue.label[property]).replace(/ \(.*\)$/, '');
        const entries = [...body.matchAll(/<dt>([^<]+)<\/dt>\s*<dd>([\s\S]*?)<\/dd>/g)];
        const entry = entries.find(([, terms]) => terms!.split(', ').includes(label));
        const said = (entry?.[2] ?? '').replace(/<[^>]+>/g, '').replace(/\s+/g, ' ');
        const { min, max } = rangeOf(setting);
        expect(said, label).to.include(`${min} to ${max}`);
        expect(definition.defaults[property]!.value, property).to.equal(presetOf(setting));
      }
      // No other range is said anywhere.
      const ranges = numbers.map(([, one]) => rangeOf(one)).map(({ min, max }) => `${min} to ${max.split(' ')[0]}`);
      for (const [range] of bare.matchAll(/\b[\d.,]*\d to [\d.,]*\d\b/g)) expect(ranges).to.include(range);
    });

    it('names only error codes that the code knows', () => {
      const sources = filesUnder('nodes', '.ts')
        .map((file) => text(file))
        .join('\n');
      const codes = [...body.replace(/\$\{[^}]*\}/g, '').matchAll(/\b[A-Z]{3,}(?:_[A-Z]+)+\b/g)].map(
        (found) => found[0],
      );
      expect(codes.filter((found) => !sources.includes(`'${found}'`))).to.deep.equal([]);
    });

    it(`stands under ${type}`, () => expect(help).to.include(`data-help-name="${type}"`));
  });
}

describe('validators', () => {
  const env = (inside: string): string => `$\{${inside}}`;
  const PG = { dialect: 'postgres' };
  const cases: [string, string, unknown[], unknown[], object?][] = [
    [
      'mllp-in',
      'port',
      ['1', '65535', '', 2575, env('HL7_PORT'), env('HL7_PORT:-2575'), `2${env('REST')}`],
      ['0', '65536', '25.5', '0x10', '1e3', '2,575', '+1', '2575 s', 'x', '-1', env('P:-x'), '٢٥٧٥'],
    ],
    [
      'mllp-in',
      'host',
      ['0.0.0.0', '::1', 'hl7.local', env('HL7_HOST:-::1')],
      ['a b', 'http://x', '10.0.0.1,10.0.0.2'],
    ],
    [
      'mllp-in',
      'allow',
      ['10.0.0.0/8, ::1', 'fe80::/10', ' 192.0.2.1 ', '2001:db8::7', '::ffff:192.0.2.1'],
      ['10.0.0.0/33', '256.1.1.1', 'ward', '::1/129', '1.2.3', ':::', '1::2::3', ':', 'fffff::'],
    ],
    ['mllp-in', 'timeout', ['30', '1.5', '0.1', ''], ['0', '30 s', '1e3', '1,5', '.5', '5.', '0x1F']],
    ['mllp-in', 'idleTime', ['0', '600', ''], ['-1']],
    ['mllp-in', 'maxBuffered', ['16', '256', ''], ['15']],
    ['mllp-in', 'window', ['1', '1000'], ['0', '1001', '1.5']],
    [
      'mllp-in',
      'charset',
      ['', ' ', 'UTF-8', 'iso_8859-1:1987', env('SET:-CP1252'), env('SET:-')],
      ['klingon', '8859/12'],
    ],
    ['mllp-in', 'charset', ['8859/1'], ['', ' ', env('SET:-'), 'klingon'], { forceCharset: true }],
    ['mllp-in', 'application', ['LOG'], [''], { identity: 'own' }],
    ['mllp-in', 'tls', ['', '_ADD_', 'sound'], ['gone', 'faulty']],
    ['hl7-parse', 'property', ['payload', 'a.b'], ['', 'a b']],
    ['hl7-database', 'file', ['log.sqlite', 'C:\\data\\log.sqlite'], ['', ' ', ':memory:', 'file:x?mode=memory']],
    [
      'hl7-database',
      'host',
      ['db', '10.0.0.1', '::1', env('HL7_DB_HOST:-db')],
      ['', ' ', 'db:5432', 'pg://db', 'a b'],
      PG,
    ],
    ['hl7-database', 'host', [''], [], { dialect: 'sqlite' }],
    ['hl7-database', 'port', ['', '5432', env('HL7_DB_PORT:-')], ['0', '65536', 'x'], PG],
    ['hl7-database', 'database', ['hl7'], ['', ' '], PG],
    ['hl7-database', 'database', ['FREEPDB1'], [''], { dialect: 'oracle' }],
    ['hl7-database', 'instance', ['', 'SQLEXPRESS'], ['db\\SQLEXPRESS', 'a b'], { dialect: 'mssql' }],
    ['hl7-database', 'domain', ['WARD'], [''], { dialect: 'mssql', login: 'ntlm' }],
    ['hl7-database', 'domain', [''], [], { dialect: 'postgres', login: 'ntlm' }],
    ['hl7-database', 'client', ['c'], [''], { dialect: 'mssql', login: 'azure-password' }],
    ['hl7-database', 'tenant', ['t'], [''], { dialect: 'mssql', login: 'azure-service-principal' }],
    ['hl7-database', 'connectTime', ['1', '120', '2.5', ''], ['0', '121']],
    ['hl7-database', 'statementTime', ['1', '3600'], ['0', '3601', 'x']],
    ['hl7-database', 'contentDays', ['', '0', '30', '0.5', '36500', env('DAYS:-7')], ['-1', '36501', 'x']],
    ['hl7-database', 'contentMessages', ['', '0', '1000000000000'], ['1.5', '1000000000001', '1,000']],
    ['hl7-database', 'days', ['', '365.5'], ['-1', '1e3']],
    ['hl7-database', 'messages', ['', '5000'], ['1.5']],
    ['hl7-database', 'everyMinutes', ['', '1', '10080', '7.5'], ['0', '10081', 'x']],
    ['hl7-database', 'driverOptions', ['', '{}', '{"a":1}'], ['{', '[]', '1', 'null', '"x"']],
    ['hl7-database', 'tls', ['', '_ADD_', 'sound'], ['gone', 'faulty'], { ...PG, encryption: 'verify' }],
    ['hl7-database', 'tls', ['gone'], [], { ...PG, encryption: 'off' }],
    ['ack-out', 'text', ['', 'x'.repeat(80)], ['x'.repeat(81)]],
  ];
  for (const [name, property, good, bad, others] of cases) {
    const node = loaded.find((one) => one.name === name)!;
    it(`${name} ${property}${others ? ` with ${JSON.stringify(others)}` : ''}`, () => {
      for (const value of good) expect(checked(node, property, value, others), String(value)).to.equal(true);
      for (const value of bad)
        expect(checked(node, property, value, others), String(value)).to.be.a('string').that.is.not.empty;
    });
  }
});

describe('places of identifiers in the dialog', () => {
  const node = loaded.find(({ name }) => name === 'hl7-database')!;

  it('are the usual ones where none are typed', () => {
    const shown = /id="node-config-input-identifiers"[^>]*placeholder="([^"]+)"/.exec(node.template)?.[1];
    expect(shown?.split('&#10;')).to.deep.equal(DEFAULT_IDENTIFIERS);
  });

  const lists: [string, string][] = [
    [DEFAULT_IDENTIFIERS.join('\n'), 'true'],
    ['# none', 'true'],
    ['\r\npatient PID-3 CE\r\n# note\r\n', 'true'],
    ['  ward-2\tPV1-3   ST ', 'true'],
    ['x'.repeat(20).concat(' ZZ1-999 CNE'), 'true'],
    ['x'.repeat(21).concat(' ZZ1-1 CX'), 'kind'],
    ['Patient PID-3 CX', 'form'],
    ['patient PID-0 CX', 'form'],
    ['patient PID-3.1 CX', 'form'],
    ['patient PID-3', 'form'],
    ['patient PID-3 XPN', 'type'],
    ['sender MSH-3 ST', 'header'],
    ['patient PID-3 CX\nother PID-3 ST', 'twice'],
    [Array.from({ length: 201 }, () => '#').join('\n'), 'many'],
  ];
  for (const [list, verdict] of lists) {
    it(`${JSON.stringify(list.slice(0, 40))}: ${verdict}, as the store has it`, () => {
      const said = checked(node, 'identifiers', list);
      expect(said).to.equal(verdict === 'true' ? true : `reason: error.places.${verdict}`);
      const read = () => identifierPlaces(list.split(/\r\n|[\r\n]/));
      if (said === true) read();
      else expect(read).to.throw().with.property('code', 'IDENTIFIERS_INVALID');
    });
  }
});

describe('sizes of columns in the dialog', () => {
  const node = loaded.find(({ name }) => name === 'db-store')!;
  const sizes: [string, string[], string[]][] = [
    ['text', ['', '1', '250', '4000'], ['0', '4001', 'abc', '1.5', '-1']],
    ['decimal', ['', '18', '18,4', '38.0', '5; 5'], ['0', '39', 'x', '4,5', '18,4,1']],
    ['date', ['abc'], []],
  ];
  for (const [type, good, bad] of sizes) {
    it(`of ${type} are those that the store takes`, () => {
      for (const size of [...good, ...bad]) {
        const columns = [{ column: 'a', kind: 'path', source: 'PID-3', type, size }];
        const said = checked(node, 'columns', columns, { write: 'own', mode: 'insert' });
        expect(said, size).to.equal(good.includes(size) ? true : `reason: error.${type}`);
        const read = () => customTable({ table: 't', columns });
        if (said === true) read();
        else expect(read, size).to.throw().with.property('code', 'CONFIG_INVALID');
      }
    });
  }
});

describe('character sets in the dialog', () => {
  it('are the ones that can be read and that MLLP can carry', () => {
    const offered = settingsOf('mllp-in').hl7MllpInCharsetLabels as string[];
    expect(offered.filter((label) => canonicalCharset(label) === undefined)).to.deep.equal([]);
    expect(offered).to.deep.equal(CHARSETS.map(({ label }) => label).filter((label) => !/UTF-(16|32)/.test(label)));
  });

  it('are taken when the listener takes them, however they are written, and the dialog says why it does not', () => {
    const node = loaded.find(({ name }) => name === 'mllp-in')!;
    const strange = ['klingon', '8859', '8859/12', 'CNS 11643-1992', 'UTF-7', 'x', '-', '8859/1:19', 'Ünicode'];
    const known = CHARSETS.flatMap(({ name, label }) => [name, label, ` ${label.toLowerCase()}:1987`]);
    // MLLP cannot carry them.
    const wide = [...known.filter((label) => /UTF-(16|32)/i.test(label)), 'UTF-16', 'UTF 32', 'utf_16le'];
    expect(CHARSET_KEYS.filter((label) => /UTF(16|32)/.test(label))).to.deep.equal([]);
    for (const charset of [...known, ...wide, ...CHARSET_KEYS, ...strange]) {
      const take = () => listenerSettings({ charset } as ListenerConfig, undefined);
      const said = checked(node, 'charset', charset);
      if (said === true) expect(take, charset).to.not.throw();
      else expect(take, charset).to.throw(Hl7Error).with.property('code', 'CONFIG_INVALID');
      expect(said, charset).to.equal([...strange, ...wide].includes(charset) ? 'reason: error.charsetUnknown' : true);
    }
  });

  it('are left to the listener where the editor was not told which there are', () => {
    const node = load('mllp-in', {});
    expect(checked(node, 'charset', 'klingon')).to.equal(true);
  });
});

it('every translation has a catalogue and a help file for each node', () => {
  const languages = names.map((name) => readdirSync(join(root, 'nodes', name, 'locales')).sort());
  for (const [n, name] of names.entries()) {
    expect(languages[n], name).to.deep.equal(languages[0]);
    for (const language of languages[n]!) {
      for (const end of ['json', 'html']) {
        const file = join(root, 'nodes', name, 'locales', language, `${name}.${end}`);
        expect(existsSync(file), `${language}/${name}.${end}`).to.equal(true);
      }
    }
  }
});
