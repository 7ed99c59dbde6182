// What the settings of hl7 database must be like, as the editor calls its validators.
import { identifierPlaces, PlacesInvalid } from '../../lib/store/record/identifier-fields';
import { HL7_DATABASE } from '../settings-table/hl7-database';
import { migrate, type Properties } from '../settings-table/migrations';
import { type NumberSetting, numberIn, rangeOf } from '../settings-table/setting';
import { isOpen, withDefaults } from '../variables';

const now = (node: EditorNode, property: string): unknown => node._def.now(node, property);
const given = (value: unknown): string => withDefaults(String(value ?? '').trim());
const isBlank = (value: unknown): boolean => given(value).trim() === '';

function isOnServer(node: EditorNode): boolean {
  return now(node, 'dialect') !== 'sqlite';
}

/** The kind of login: others than by user and password are SQL Server's. */
function loginOf(node: EditorNode): unknown {
  return now(node, 'dialect') === 'mssql' ? now(node, 'login') : 'sql';
}

function isPrincipal(node: EditorNode): boolean {
  return loginOf(node) === 'azure-service-principal';
}

/** How long, or how many: blank and 0 keep everything. */
function kept(node: EditorNode, setting: NumberSetting, value: unknown, { label: field }: EditorOption): Verdict {
  const text = given(value);
  if (text === '' || isOpen(text) || numberIn(setting, text) !== undefined) return true;
  const told = { field, max: rangeOf(setting).max };
  return setting.whole ? node._('error.keptWhole', told) : node._('error.kept', told);
}

/** A number that may be blank: it has a default of its own, or none is needed. */
function numberOrBlank(
  node: EditorNode,
  setting: NumberSetting,
  value: unknown,
  { label: field }: EditorOption,
): Verdict {
  const text = given(value);
  if (text === '' || isOpen(text) || numberIn(setting, text) !== undefined) return true;
  const told = { field, ...rangeOf(setting) };
  return setting.whole ? node._('error.whole', told) : node._('error.number', told);
}

/** Why a list of places is not valid. */
function placesProblem(node: EditorNode, { problem, line, source: place }: PlacesInvalid): string {
  const reasons = {
    many: () => node._('error.places.many'),
    form: () => node._('error.places.form', { line }),
    kind: () => node._('error.places.kind', { line }),
    type: () => node._('error.places.type', { line }),
    header: () => node._('error.places.header', { line }),
    twice: () => node._('error.places.twice', { line, place }),
  };
  return reasons[problem]();
}

(window as unknown as Record<string, unknown>).hl7DatabaseRules = {
  isOnServer,
  loginOf,
  isPrincipal,

  /** The credentials that a node of an earlier version has in its properties. */
  credentialsOf(node: EditorNode): Readonly<Record<string, string>> {
    return migrate<Properties>('hl7-database', node).credentials;
  },

  file(this: EditorNode, value: unknown, _opt: EditorOption): Verdict {
    if (isOnServer(this)) return true;
    if (!String(value || '').trim()) return this._('error.file');
    return /^:memory:$|^file:.*mode=memory/i.test(given(value)) ? this._('error.memory') : true;
  },

  host(this: EditorNode, value: unknown, _opt: EditorOption): Verdict {
    const host = given(value);
    if (!isOnServer(this) || isOpen(host)) return true;
    return /^[^\s/\\,;@]+$/.test(host) && !/^[^:]+:\d+$/.test(host) ? true : this._('error.host');
  },

  port(this: EditorNode, value: unknown, opt: EditorOption): Verdict {
    return isOnServer(this) ? numberOrBlank(this, HL7_DATABASE.port, value, opt) : true;
  },

  instance(this: EditorNode, value: unknown, _opt: EditorOption): Verdict {
    const instance = given(value);
    if (now(this, 'dialect') !== 'mssql' || isOpen(instance)) return true;
    return /^[^\s\\/:,]*$/.test(instance) ? true : this._('error.instance');
  },

  database(this: EditorNode, value: unknown, _opt: EditorOption): Verdict {
    if (!isOnServer(this) || !isBlank(value)) return true;
    return this._(now(this, 'dialect') === 'oracle' ? 'error.service' : 'error.database');
  },

  domain(this: EditorNode, value: unknown, _opt: EditorOption): Verdict {
    return loginOf(this) === 'ntlm' && isBlank(value) ? this._('error.domain') : true;
  },

  tenant(this: EditorNode, value: unknown, _opt: EditorOption): Verdict {
    return isPrincipal(this) && isBlank(value) ? this._('error.tenant') : true;
  },

  client(this: EditorNode, value: unknown, _opt: EditorOption): Verdict {
    return /^azure/.test(String(loginOf(this))) && isBlank(value) ? this._('error.client') : true;
  },

  user(this: EditorNode, value: unknown, _opt: EditorOption): Verdict {
    if (!isOnServer(this) || isPrincipal(this)) return true;
    const { user = value } = migrate<Properties>('hl7-database', this).credentials;
    return user ? true : this._('error.user');
  },

  tls(this: EditorNode, value: unknown, opt: EditorOption): Verdict {
    const unused = !value || value === '_ADD_' || !isOnServer(this) || now(this, 'encryption') === 'off';
    return unused ? true : hl7Dialog.chosen(value, opt);
  },

  driverOptions(this: EditorNode, value: unknown, _opt: EditorOption): Verdict {
    const text = given(value);
    if (text === '' || isOpen(text)) return true;
    try {
      const parsed: unknown = JSON.parse(text);
      const isObject = parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed);
      return isObject ? true : this._('error.object');
    } catch (error) {
      return this._('error.json', { reason: (error as Error).message });
    }
  },

  contentDays(this: EditorNode, value: unknown, opt: EditorOption): Verdict {
    return kept(this, HL7_DATABASE.contentDays, value, opt);
  },

  contentMessages(this: EditorNode, value: unknown, opt: EditorOption): Verdict {
    return kept(this, HL7_DATABASE.contentMessages, value, opt);
  },

  days(this: EditorNode, value: unknown, opt: EditorOption): Verdict {
    return kept(this, HL7_DATABASE.days, value, opt);
  },

  messages(this: EditorNode, value: unknown, opt: EditorOption): Verdict {
    return kept(this, HL7_DATABASE.messages, value, opt);
  },

  everyMinutes(this: EditorNode, value: unknown, opt: EditorOption): Verdict {
    return numberOrBlank(this, HL7_DATABASE.everyMinutes, value, opt);
  },

  /** The first line that is wrong, and why. */
  identifiers(this: EditorNode, value: unknown, _opt: EditorOption): Verdict {
    const text = withDefaults(String(value || ''));
    if (text.trim() === '' || isOpen(text)) return true;
    try {
      identifierPlaces(text.split(/\r\n|[\r\n]/));
      return true;
    } catch (error) {
      if (error instanceof PlacesInvalid) return placesProblem(this, error);
      throw error;
    }
  },
};
