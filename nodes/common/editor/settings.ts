// Settings in the dialogs: defaults, validators of numbers, variables and versions, from the tables that the runtime has, too.

import { currentVersion, LEGACY, migrate } from '../settings-table/migrations';
import {
  type NumberSetting,
  numberIn,
  presetOf,
  rangeOf,
  type Setting,
  type SettingsTable,
} from '../settings-table/setting';
import { type NodeType, SETTINGS } from '../settings-table/tables';
import { isOpen, withDefaults } from '../variables';

function settingOf(type: NodeType, property: string): Setting {
  const setting = (SETTINGS[type] as SettingsTable)[property];
  if (setting === undefined) throw new Error(`${type} has no setting ${property}`);
  return setting;
}

function textOf(value: unknown): string {
  return String(value ?? '').trim();
}

/** True, or why a value is no such number. A blank field is the default. */
function judged(node: EditorNode, setting: NumberSetting, value: unknown, { label: field }: EditorOption): Verdict {
  const text = withDefaults(textOf(value));
  // Only the running node knows the variable.
  if (text.trim() === '' || isOpen(text) || numberIn(setting, text) !== undefined) return true;
  const told = { field, ...rangeOf(setting) };
  return setting.whole ? node._('error.whole', told) : node._('error.number', told);
}

(window as unknown as Record<string, unknown>).hl7Settings = {
  /** A text with the defaults of its variables; a variable without one stays in it by its name. */
  given: (value: unknown): string => withDefaults(textOf(value)),

  /** True for a text that a variable makes known only where the flow runs. */
  isOpen: (value: unknown): boolean => isOpen(textOf(value)),

  /** The value of a new node. */
  preset: (type: NodeType, property: string): string | boolean => presetOf(settingOf(type, property)),

  /** Makes a validator of a number. */
  number(type: NodeType, property: string): (value: unknown, opt: EditorOption) => Verdict {
    const setting = settingOf(type, property) as NumberSetting;
    return function (this: EditorNode, value: unknown, opt: EditorOption): Verdict {
      return judged(this, setting, value, opt);
    };
  },

  /** The number that a field says, or its default; undefined where it is none, or only the running node knows it. */
  numberIn: (type: NodeType, property: string, value: unknown): number | undefined =>
    numberIn(settingOf(type, property) as NumberSetting, withDefaults(textOf(value))),

  /** Shows the defaults of numbers in the blank fields of an open dialog. */
  showPresets(type: NodeType, prefix: string): void {
    for (const [property, setting] of Object.entries(SETTINGS[type] as SettingsTable)) {
      if (setting.kind === 'number' && setting.default !== undefined) {
        $(`#${prefix}-${property}`).attr('placeholder', String(presetOf(setting)));
      }
    }
  },

  /** The version that a new node is saved in. */
  version: currentVersion,

  /** A node's properties in the form of today, and the credentials that take the place of old ones. */
  migrate,

  /** Saves a node in the form of today; called when its dialog is closed by Done, before its fields are read. */
  save(node: EditorNode): void {
    const type = node.type as NodeType;
    const { config } = migrate(type, node);
    for (const name of LEGACY[type]) delete node[name];
    node.configVersion = config.configVersion;
  },
};
