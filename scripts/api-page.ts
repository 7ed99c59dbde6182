/** docs/api.md, from the doc comments of what `nodes/lib/index.ts` exports. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** An export of the package that programs call, as its source describes it. */
export interface ApiEntry {
  name: string;
  signature: string;
  description: string;
  params: { name: string; text: string }[];
  throws: string | undefined;
  returns: string | undefined;
  /** JavaScript; a line that ends in `// => value` has that value. */
  example: string | undefined;
  /** Of a class: its methods and their first sentence. */
  members: { signature: string; text: string }[];
}

const COMMENT = '/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\n';

function linesOf(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();
}

const sentence = (text: string): string =>
  text
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();

function tagsOf(comment: string): Map<string, string[]> {
  const tags = new Map<string, string[]>([['', []]]);
  for (const part of `@ \n${linesOf(comment)}`.split(/^@/m).filter((one) => one.trim() !== '')) {
    const [, tag = '', text = ''] = /^(\w*)[ \n]?([\s\S]*)$/.exec(part) ?? [];
    tags.set(tag, [...(tags.get(tag) ?? []), text.trimEnd()]);
  }
  return tags;
}

/** The public methods of a class body with their first sentence. */
function membersOf(body: string): ApiEntry['members'] {
  const pattern = new RegExp(`^  ${COMMENT}  (?!private|#)((?:static )?\\w+\\([^\\n]*) \\{$`, 'gm');
  return [...body.matchAll(pattern)].map(([, comment, signature]) => {
    const [text = ''] = tagsOf(comment!).get('') ?? [];
    return { signature: signature!, text: sentence(text) };
  });
}

/** What an index exports from other files, types left out, with the module that each name comes from. */
function exportsOf(index: string): { name: string; file: string }[] {
  return [...readFileSync(index, 'utf8').matchAll(/^export \{([^}]*)\} from '([^']+)'/gm)].flatMap(
    ([, names, module]) => {
      const path = join(dirname(index), module!);
      const file = existsSync(`${path}.ts`) ? `${path}.ts` : join(path, 'index.ts');
      return names!
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && !name.startsWith('type '))
        .map((name) => ({ name, file }));
    },
  );
}

/** The file that declares a name, through the indexes of modules. */
function declaringFile(name: string, file: string): string {
  const further = exportsOf(file).find((one) => one.name === name);
  return further === undefined ? file : declaringFile(name, further.file);
}

/** The functions and classes that the package exports, in alphabetical order. @throws Error for one without a comment */
export function apiEntries(root: string): ApiEntry[] {
  return exportsOf(join(root, 'nodes', 'lib', 'index.ts'))
    .map(({ name, file }) => ({ name, file: declaringFile(name, file) }))
    .map(({ name, file }): ApiEntry => {
      const source = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
      const found = new RegExp(`^${COMMENT}export ((?:function|class) ${name}\\b[^\\n]*) \\{$`, 'm').exec(source);
      if (found === null) throw new Error(`${name} in ${file} has no doc comment.`);
      const [whole, comment, declaration] = found;
      const tags = tagsOf(comment!);
      const rest = source.slice(found.index + whole.length);
      return {
        name,
        signature: declaration!,
        description: sentence(tags.get('')?.[0] ?? ''),
        params: (tags.get('param') ?? []).map((text) => {
          const [, param = '', meaning = ''] = /^(\w+)\s+([\s\S]*)$/.exec(text) ?? [];
          return { name: param, text: sentence(meaning) };
        }),
        throws: tags.get('throws')?.map(sentence)[0],
        returns: tags.get('returns')?.map(sentence)[0],
        example: tags.get('example')?.[0]?.trim(),
        members: declaration!.startsWith('class') ? membersOf(rest.slice(0, rest.search(/^\}/m))) : [],
      };
    })
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
}

const INTRODUCTION = `# API

<!-- Made by \`npm run docs\` from the doc comments of what nodes/lib/index.ts exports. Change them there. -->

What \`require('@hl7-logger/node-red')\` offers to Function nodes and programs. [function-nodes.md](function-nodes.md) says how a Function node gets it; [errors.md](errors.md) lists the error codes. Types come along for TypeScript. In the examples, \`// => value\` is the value of the line.
`;

/** The text of docs/api.md. */
export function apiPage(root: string): string {
  const sections = apiEntries(root).map((entry) => {
    const { name, signature, description, params, returns, throws, example, members } = entry;
    return [
      `## ${name}`,
      `\`\`\`ts\n${signature}\n\`\`\``,
      description,
      params.map((param) => `- \`${param.name}\`: ${param.text}`).join('\n'),
      returns === undefined ? '' : `Returns ${returns}.`,
      throws === undefined ? '' : `Throws ${throws}.`,
      members.map((member) => [`- \`${member.signature}\``, member.text].filter(Boolean).join(': ')).join('\n'),
      example === undefined ? '' : `\`\`\`js\n${example}\n\`\`\``,
    ]
      .filter((part) => part !== '')
      .join('\n\n');
  });
  return `${[INTRODUCTION.trimEnd(), ...sections].join('\n\n')}\n`;
}
