// What the settings of a node may be. Imports nothing of Node.js or Node-RED, since the editor loads it, too.

/** A number. Where it has no default, a blank field is a value of its own, such as "keep all". */
export interface NumberSetting {
  kind: 'number';
  /** How an error names it. */
  label: string;
  default: number | undefined;
  least: number;
  most: number;
  /** Only whole numbers. */
  whole: boolean;
  /** As it is shown behind the field; empty where the number counts what the label says. */
  unit: string;
}

/** One of several words; the first is the default. */
interface ChoiceSetting {
  kind: 'choice';
  label: string;
  choices: readonly [string, ...string[]];
}

/** A check box. */
export interface SwitchSetting {
  kind: 'switch';
  label: string;
  default: boolean;
}

export interface TextSetting {
  kind: 'text';
  label: string;
  default: string;
}

export type Setting = NumberSetting | ChoiceSetting | SwitchSetting | TextSetting;
/** The settings of a node, by the names of its properties. */
export type SettingsTable = Readonly<Record<string, Setting>>;

export function whole(
  label: string,
  preset: number | undefined,
  least: number,
  most: number,
  unit = '',
): NumberSetting {
  return { kind: 'number', label, default: preset, least, most, whole: true, unit };
}

export function decimal(
  label: string,
  preset: number | undefined,
  least: number,
  most: number,
  unit: string,
): NumberSetting {
  return { kind: 'number', label, default: preset, least, most, whole: false, unit };
}

export function choice<const T extends readonly [string, ...string[]]>(label: string, ...choices: T) {
  return { kind: 'choice', label, choices } as const;
}

export function onOff(label: string, preset: boolean): SwitchSetting {
  return { kind: 'switch', label, default: preset };
}

export function plain(label: string, preset = ''): TextSetting {
  return { kind: 'text', label, default: preset };
}

/** The value of a new node, as the editor saves it. */
export function presetOf(setting: Setting): string | boolean {
  if (setting.kind === 'choice') return setting.choices[0];
  if (setting.kind === 'number') return setting.default === undefined ? '' : String(setting.default);
  return setting.default;
}

const WHOLE = /^\d{1,15}$/;
const DECIMAL = /^\d{1,15}(\.\d{1,15})?$/;

/**
 * The number that a text is, with the default for a blank one; undefined for a text that is no such number. Only decimal
 * digits count, and one point in numbers that may have a fraction: no sign, exponent, other base, separator or unit.
 */
export function numberIn(setting: NumberSetting, text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '' && setting.default !== undefined) return setting.default;
  if (!(setting.whole ? WHOLE : DECIMAL).test(trimmed)) return undefined;
  const number = Number(trimmed);
  return number >= setting.least && number <= setting.most ? number : undefined;
}

/** The range of a number for people, in the form in which numbers are entered: its least, and its greatest with the unit. */
export function rangeOf({ least, most, unit }: NumberSetting): { min: string; max: string } {
  return { min: String(least), max: unit === '' ? String(most) : `${most} ${unit}` };
}
