import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// The editor's side of the package as the tests see it: dialogs, definitions, catalogues and help, read without Node-RED.

interface Validated {
  value?: unknown;
  type?: string;
  label?: string;
  validate?: (this: unknown, value: unknown, opt: { label?: string }) => boolean | string;
}
interface Definition {
  [member: string]: unknown;
  category: string;
  icon?: string;
  defaults: Record<string, Validated>;
}
interface Registered {
  settings?: Record<string, { value: unknown; exportable?: boolean }>;
}
/** A node of acorn's syntax tree. */
export interface Syntax {
  [key: string]: unknown;
  type: string;
}

export const root = join(__dirname, '..', '..');
const require_ = createRequire(join(root, 'package.json'));
const acorn = require_('acorn') as { parse(code: string, options: object): Syntax };
export const semver = require_('semver') as {
  satisfies(version: string, range: string): boolean;
  minVersion(range: string): { version: string };
};
const jsonata = require_('jsonata') as object;
export const { util } = require_('@node-red/util') as {
  util: {
    normalisePropertyExpression(text: string): unknown;
    prepareJSONataExpression(text: string, node: object): object;
  };
};
export const text = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
export const pkg = JSON.parse(text('package.json'));
export const nodeRed = JSON.parse(readFileSync(require_.resolve('node-red/package.json'), 'utf8'));
export const editorClient = join(require_.resolve('@node-red/editor-client/package.json'), '..');
export const names = Object.keys(pkg['node-red'].nodes);

/** A script that Node-RED serves from `resources`: what it puts into the page, and its functions by their names. */
interface Script {
  code: string;
  global: string;
  parts: Map<string, Syntax>;
}

/** All files of a folder and its sub-folders, as paths below the project. */
export function filesUnder(folder: string, end: string): string[] {
  const all = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return all.filter((file) => file.endsWith(end)).map((file) => join(folder, file));
}

function walk(node: unknown, visit: (node: Syntax) => void): void {
  if (Array.isArray(node)) for (const item of node) walk(item, visit);
  else if (node !== null && typeof node === 'object') {
    if (typeof (node as Syntax).type === 'string') visit(node as Syntax);
    for (const value of Object.values(node)) walk(value, visit);
  }
}

/** The strings an expression may come to: a literal, or either side of a condition. */
export function strings(node: Syntax): string[] {
  if (node.type === 'Literal') return [String(node.value)];
  return node.type === 'ConditionalExpression'
    ? [...strings(node.consequent as Syntax), ...strings(node.alternate as Syntax)]
    : [];
}

export function keysOf(catalogue: object, prefix = ''): string[] {
  return Object.entries(catalogue).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keysOf(value, `${prefix}${key}.`),
  );
}

/** True for a call that asks for a text. */
function asks({ type, callee }: Syntax): boolean {
  return type === 'CallExpression' && ((callee as Syntax).property as Syntax | undefined)?.name === '_';
}

/** What a call asks for: of the node's own catalogue, or of the editor's. */
function asked(call: Syntax): { editor: boolean; keys: string[] } {
  const of = (call.callee as Syntax).object as Syntax;
  return { editor: of.name === 'RED', keys: strings((call.arguments as Syntax[])[0]!) };
}

/** Those that the build makes of TypeScript, by their paths below `resources`. */
const { bundles } = require_('./scripts/editor-bundles.mjs') as { bundles(): Map<string, string> };
const built = new Map([...bundles()].map(([file, code]) => [`lib/${file}`, code]));

function script(file: string): Script {
  const code = built.get(file) ?? text('resources', file);
  const parts = new Map<string, Syntax>();
  walk(acorn.parse(code, { ecmaVersion: 'latest' }), (node) => {
    if (node.type === 'FunctionDeclaration') parts.set((node.id as Syntax).name as string, node);
    const value = node.value as Syntax | undefined;
    if (node.type === 'Property' && /Function/.test(value?.type ?? '')) {
      parts.set((node.key as Syntax).name as string, value!);
    }
  });
  return { code, global: /^\s*window\.(\w+) = /m.exec(code)?.[1] ?? '', parts };
}

/** By their paths below `resources`. */
const written = readdirSync(join(root, 'resources')).filter((file) => file.endsWith('.js'));
const scripts = new Map([...written, ...built.keys()].map((file) => [file, script(file)]));

/** What a piece of code uses of the scripts: `hl7Dialog.now`. */
function borrowing({ type, object, property }: Syntax): string[] {
  const global = type === 'MemberExpression' ? String((object as Syntax).name) : '';
  return /^hl7[A-Z]/.test(global) ? [`${global}.${(property as Syntax).name}`] : [];
}

/** The texts that functions of the scripts ask for, and those that they call. */
function sharedTexts(borrowed: Iterable<string>): ReturnType<typeof asked>[] {
  const reached = new Set(borrowed);
  const texts: ReturnType<typeof asked>[] = [];
  for (const name of reached) {
    const [global, part] = name.split('.') as [string, string];
    const parts = [...scripts.values()].find((one) => one.global === global)?.parts;
    walk(parts?.get(part), (node) => {
      if (asks(node)) texts.push(asked(node));
      if (node.type === 'Identifier' && parts?.has(node.name as string)) reached.add(`${global}.${node.name}`);
      for (const one of borrowing(node)) reached.add(one);
    });
  }
  return texts;
}

/** What a node's runtime tells the editor in `RED.settings`. */
export function settingsOf(name: string): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  const registerType = (_type: string, _node: unknown, { settings = {} }: Registered = {}): void => {
    for (const [key, { value, exportable }] of Object.entries(settings)) if (exportable) told[key] = value;
  };
  const runtime = require(join(root, 'nodes', name, name)) as (RED: object) => void;
  runtime({ nodes: { registerType }, events: { on: () => undefined } });
  return told;
}

/** As the editor judges it, whose code is the runtime's. */
function isProperty(value: string): boolean {
  try {
    util.normalisePropertyExpression(value);
    return true;
  } catch {
    return false;
  }
}

/** One node: its dialog, definition, catalogue and help. */
export function load(name: string, settings: Record<string, unknown> = settingsOf(name)) {
  const html = text('nodes', name, `${name}.html`);
  const inline = [...html.matchAll(/<script.+?type=['"]text\/javascript['"].*?>([\s\S]*?)<\/script>/gi)];
  const code = inline.map((script) => script[1]).join('\n');
  const urls = [...html.matchAll(/<script src="resources\/(@[^"/]+\/[^"/]+)\/([^"]+)"><\/script>/g)];
  const loads = urls.map(([, from, file]) => (from === pkg.name && scripts.get(file!)) || script(file!));
  const template = /data-template-name="([^"]+)">([\s\S]*?)<\/script>/.exec(html);
  const syntax = acorn.parse(code, { ecmaVersion: 'latest' });
  const calls: Syntax[] = [];
  const borrowed = new Set<string>();
  walk(syntax, (node) => {
    if (node.type === 'CallExpression') calls.push(node);
    for (const one of borrowing(node)) borrowed.add(one);
  });
  const called = (member: string): Syntax[] =>
    calls.filter((call) => ((call.callee as Syntax).property as Syntax | undefined)?.name === member);
  const types: string[] = [];
  let definition = {} as Definition;
  const RED = {
    _: (key: string) => key,
    settings,
    nodes: {
      registerType: (type: string, def: Definition) => {
        types.push(type);
        definition = def;
      },
      node: (id: string) => (id === 'sound' ? { valid: true } : id === 'faulty' ? { valid: false } : undefined),
    },
    utils: { validatePropertyExpression: isProperty },
  };
  const $ = () => ({ length: 0, data: () => undefined, val: () => undefined });
  const page: Record<string, object> = { jsonata };
  const globals = [...scripts.values()].map(({ global }) => global);
  const run = (code: string): unknown =>
    new Function('window', 'RED', '$', ...globals, code)(page, RED, $, ...globals.map((global) => page[global]));
  for (const { code } of loads) run(code);
  run(code);
  const catalogue = JSON.parse(text('nodes', name, 'locales', 'en-US', `${name}.json`));
  const help = text('nodes', name, 'locales', 'en-US', `${name}.html`);
  return {
    name,
    html,
    code,
    called,
    texts: [...calls.filter(asks).map(asked), ...sharedTexts(borrowed)],
    /** What it uses of the scripts that it loads, and what they offer. */
    borrowed,
    offered: loads.flatMap(({ global }) => Object.keys(page[global]!).map((one) => `${global}.${one}`)),
    loads: loads.map(({ global }) => global),
    /** All of the dialog's scripts, those of others that it loads among them. */
    scripts: [...loads.map((one) => one.code), code].join('\n'),
    definition,
    catalogue,
    help,
    template: template?.[2] ?? '',
    templateName: template?.[1],
    type: types[0] ?? '',
    types,
    keys: new Set(keysOf(catalogue)),
  };
}

export const loaded = names.map((name) => load(name));
export const paletteNodes = loaded.filter(({ definition }) => definition.category !== 'config');
export const i18n = (template: string): string[] =>
  [...template.matchAll(/data-i18n="([^"]+)"/g)].flatMap((found) =>
    found[1]!.split(';').map((key) => key.replace(/^\[\w+\]/, '')),
  );

/** Tags that are not closed, or closed without having been opened. */
export function unbalanced(markup: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const bare = markup.replace(/<style>[\s\S]*?<\/style>/g, '');
  for (const [, close, tag, attributes] of bare.matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|[^">])*)>/g)) {
    if (attributes!.endsWith('/') || tag === 'input' || tag === 'br') continue;
    if (!close) open.push(tag!);
    else if (open.pop() !== tag) wrong.push(tag!);
  }
  return [...wrong, ...open];
}

/** What a property's validator says of a value; the node's other properties have their defaults, or those given. */
export function checked(
  node: ReturnType<typeof load>,
  property: string,
  value: unknown,
  others: object = {},
): boolean | string {
  const { definition, keys } = node;
  const defaults = Object.fromEntries(Object.entries(definition.defaults).map(([key, { value: own }]) => [key, own]));
  const say = (key: string) => (keys.has(key) ? `reason: ${key}` : '');
  const self = { id: 'n1', ...defaults, ...others, _def: definition, _: say };
  const { validate, label } = definition.defaults[property]!;
  return validate!.call(self, value, { label });
}

/** The properties that people set: without the version, and those of earlier versions, which have no value. */
export function propertiesOf({ definition }: Pick<ReturnType<typeof load>, 'definition'>): string[] {
  return Object.entries(definition.defaults)
    .filter(
      ([property, { value, type }]) => property !== 'configVersion' && (value !== undefined || type !== undefined),
    )
    .map(([property]) => property);
}

/** The default of a property in the words of its dialog: the choice, the number with its unit, `on`, `blank`. */
export function defaultWords({ definition, template, catalogue }: ReturnType<typeof load>, property: string): string {
  const { value, type } = definition.defaults[property]!;
  if (type || (Array.isArray(value) && value.length === 0)) return 'none';
  if (value === '') return 'blank';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  const text = (key: string): string => key.split('.').reduce((at, part) => at[part], catalogue);
  const rows = template.split('<div class="form-row"');
  const row = rows.find((one) => one.includes(`data-i18n="label.${property}"`)) ?? '';
  const options = [...row.matchAll(/<option value="([^"]*)" data-i18n="([^"]+)"/g)];
  const choice = options.find(([, one]) => one === value);
  if (choice) return text(choice[2]!);
  const unit = /class="hl7-unit" data-i18n="([^"]+)"/.exec(row)?.[1];
  // What stands behind a comma explains a value.
  return unit ? `${value} ${text(unit).replace(/,.*/, '')}` : String(value);
}
