import { expect } from 'chai';
import fc from 'fast-check';
import { type NumberSetting, presetOf, type SettingsTable } from '../../../nodes/common/settings-table/setting';
import { type NodeType, SETTINGS } from '../../../nodes/common/settings-table/tables';
import { databaseOptions } from '../../../nodes/hl7-database/settings';
import { Hl7Error } from '../../../nodes/lib/errors';
import { DEFAULT_LIMITS } from '../../../nodes/lib/mllp/limits';
import { type ListenerConfig, listenerSettings } from '../../../nodes/mllp-in/settings';
import { checked, loaded } from '../editor-files';

// The dialog takes a number when the runtime does, and only then.

const SERVER = { dialect: 'postgres', host: 'db', database: 'hl7' };
const READ: Partial<Record<NodeType, (properties: object) => unknown>> = {
  'hl7-mllp-in': (properties) => listenerSettings(properties as ListenerConfig, undefined),
  'hl7-database': (properties) => databaseOptions({ ...SERVER, ...properties }, { user: 'u' }, { userDir: '.' }),
};

const numbers = Object.entries(SETTINGS).flatMap(([type, table]) =>
  Object.entries(table as SettingsTable).flatMap(([property, setting]) =>
    setting.kind === 'number' ? [{ type: type as NodeType, property, setting }] : [],
  ),
);

/** Texts around the bounds of a number, and of every strange form. */
function textsAround({ least, most, default: preset, unit }: NumberSetting): string[] {
  const around = [least, most, preset ?? least].flatMap((n) => [n, n + 1, n - 1, n + 0.5, n - 0.0005]);
  const plain = around.map((n) => String(n));
  const strange = plain.flatMap((n) => [
    `${n} ${unit || 'x'}`,
    `+${n}`,
    `-${n}`,
    `0x${n}`,
    `${n}e0`,
    `${n},0`,
    ` ${n} `,
    `0${n}`,
  ]);
  const other = [
    '',
    ' ',
    '1e3',
    '0x10',
    '0b1',
    '2575.5',
    '1_000',
    '1 000',
    '.5',
    '5.',
    'Infinity',
    'NaN',
    '٣',
    '1'.repeat(400),
  ];
  return [...plain, ...strange, ...other];
}

describe('numbers of the settings tables', () => {
  it('are those of both nodes that have some', () => {
    expect(numbers.map(({ type }) => type)).to.include.members(Object.keys(READ));
    expect(numbers).to.have.length(18);
  });

  for (const { type, property, setting } of numbers) {
    const node = loaded.find((one) => one.type === type)!;

    const agree = (text: unknown): void => {
      // The one rule between two numbers has its own test.
      const others =
        property === 'maxFrame' ? { maxBuffered: '16384' } : property === 'maxBuffered' ? { maxFrame: '1' } : {};
      let refused: unknown;
      try {
        READ[type]!({ ...others, [property]: text });
      } catch (error) {
        refused = error;
      }
      const said = checked(node, property, text, type === 'hl7-database' ? { ...SERVER, ...others } : others);
      expect(said === true, `${JSON.stringify(text)}: ${said}, ${refused}`).to.equal(refused === undefined);
      if (refused === undefined) return;
      expect(refused).to.be.instanceOf(Hl7Error);
      expect((refused as Hl7Error).code).to.match(/^(CONFIG|RETENTION)_INVALID$/);
      const { message } = refused as Hl7Error;
      expect(message)
        .to.include(setting.label)
        .and.include(setting.whole ? 'whole number' : 'number from');
      if (setting.unit !== '') expect(message).to.include(` ${setting.unit}`);
    };

    it(`${type} ${property}: dialog and runtime say the same`, () => {
      for (const text of textsAround(setting)) agree(text);
      for (const value of [undefined, setting.least, setting.most, setting.most + 1]) agree(value);
      fc.assert(
        fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String)), (text) => {
          if (!/[$]/.test(text)) agree(text);
        }),
      );
    });

    it(`${type} ${property}: its default is in its range, and digits alone are taken`, () => {
      const preset = presetOf(setting);
      if (preset !== '') agree(preset);
      for (const text of ['1e0', '0x1', '1 s', '1,0', '+1', '']) {
        const said = checked(node, property, text, SERVER);
        expect(said === true, text).to.equal(text === '');
      }
    });
  }

  it('of the listener are the limits of the library', () => {
    const { listener } = listenerSettings({} as ListenerConfig, undefined);
    const { maxFrame, maxJunk, frameTime, idleTime, maxConnections, maxPerPeer } = DEFAULT_LIMITS;
    expect(listener.limits).to.deep.equal({ maxFrame, maxJunk, frameTime, idleTime, maxConnections, maxPerPeer });
  });

  it('of the buffer are at least the largest frame, in the dialog and in the runtime', () => {
    const node = loaded.find(({ name }) => name === 'mllp-in')!;
    for (const [maxBuffered, maxFrame, good] of [
      ['16', '16', true],
      ['15', '16', false],
      ['', '257', false],
      ['15', '', false],
    ] as const) {
      expect(checked(node, 'maxBuffered', maxBuffered, { maxFrame }) === true).to.equal(good);
      const read = () => listenerSettings({ maxBuffered, maxFrame } as ListenerConfig, undefined);
      if (good) read();
      else expect(read).to.throw(Hl7Error, 'must be at least the frame size').with.property('code', 'CONFIG_INVALID');
    }
  });
});
