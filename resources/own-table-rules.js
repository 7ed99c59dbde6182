// What the settings of a custom table must be like. The server judges them anew (nodes/lib/store/custom-table); a test sees to it that
// both come to the same verdict.
window.hl7OwnTableRules = (() => {
  const NAME_BYTES = 63;
  const LONGEST_TEXT = 4000;
  const MOST_COLUMNS = 500;
  const NO_NAME = /[\x00-\x1f\x7f]|\p{Surrogate}/u;
  const LOG_TABLE = /^hl7_(messages|acks|identifiers|leases|custom_rows|migrations)$/i;
  const ROWS = /^(?!MSH)[A-Z][A-Z0-9]{2}(?:[-.][1-9]\d{0,4})?$/;
  const N = '[1-9]\\d{0,4}';
  const REPEAT = `(?:\\[${N}\\]|\\(${N}\\))?`;
  const CONDITION = `\\[${N}(?:\\.${N})?=[^\\[\\]\\x00-\\x1f]+\\]`;
  const PART = `(?:[-.]${N})`;
  const PATH = new RegExp(
    `^[A-Z][A-Z0-9]{2}${REPEAT}(?:${PART}(?:(?:\\[\\*\\]|\\(\\*\\))|(?:${REPEAT}|(?:${CONDITION})+)${PART}{0,2}))?$`,
  );
  /** A field whose repetitions are not numbered: what a row for each of them needs. */
  const FIELD = new RegExp(`^([A-Z][A-Z0-9]{2}${REPEAT})[-.](${N})${PART}{0,2}$`);
  /** A variable, whose value is only known where the flow runs. */
  const VARIABLE = /^\$(?:\{[A-Za-z_]\w*\}|\([A-Za-z_]\w*\))$/;
  const TYPES = 'text,long text,integer,decimal,date,timestamp,instant,boolean,bytes,base64'.split(',');
  const REPEATS = ['first', 'all', 'rows', 'refuse'];
  const LONGEST_SEPARATOR = 20;
  const TYPES_OF_AN_ID = ['integer', 'decimal', 'text', 'long text'];
  const GREATEST_ID = String(Number.MAX_SAFE_INTEGER);
  const NOT_IN_A_KEY = ['long text', 'bytes', 'base64'];
  const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?$/;
  const [SMALLEST, LARGEST] = [-(2n ** 63n), 2n ** 63n - 1n];
  const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/;
  const TIME = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?([+-]\d{4})?$/;

  function textOf(value) {
    return value === undefined || value === null ? '' : String(value).trim();
  }

  function isName(name) {
    return !NO_NAME.test(name) && new TextEncoder().encode(name).length <= NAME_BYTES;
  }

  /** Length, or digits in all and behind the point; undefined when the size is none. */
  function sizeOf(type, size) {
    if (type === 'text') {
      const length = /^\d+$/.test(size || '250') ? Number(size || '250') : 0;
      return length >= 1 && length <= LONGEST_TEXT ? { length } : undefined;
    }
    if (type !== 'decimal') return {};
    const [, digits, behind = '0'] = /^(\d+)(?:\s*[,.;]\s*(\d+))?$/.exec(size || '18,4') ?? [];
    const [precision, scale] = [Number(digits), Number(behind)];
    return precision >= 1 && precision <= 38 && scale <= precision ? { precision, scale } : undefined;
  }

  function isNumber(value, { precision, scale }) {
    const [match, sign, whole = '', fraction = ''] = NUMBER.exec(value.trim()) ?? [];
    if (match === undefined || whole + fraction === '') return false;
    const integer = whole.replace(/^0+/, '');
    const kept = fraction.replace(/0+$/, '');
    if (precision !== undefined) return kept.length <= scale && integer.length <= precision - scale;
    if (kept !== '' || integer.length > 19) return false;
    const number = BigInt(`${sign === '-' ? '-' : ''}${integer || '0'}`);
    return number >= SMALLEST && number <= LARGEST;
  }

  /** A time in the digits of HL7, with what it lacks undefined: its parts, its day and its instant; undefined when it is none. */
  function timeOf(value) {
    const text = value.split('^', 1)[0].trim();
    const iso = ISO.exec(text);
    const [, y, m, d, hh = '', mm = '', ss = '', fraction, zone = ''] = iso ?? [];
    const offset = zone === 'Z' ? '+0000' : zone.replace(':', '');
    const digits = iso ? `${y}${m}${d}${hh}${mm}${ss}${fraction === undefined ? '' : `.${fraction}`}${offset}` : text;
    const match = TIME.exec(digits);
    if (match === null) return undefined;
    const [year, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
      .slice(1, 7)
      .map((part) => (part === undefined ? undefined : Number(part)));
    const instant = new Date(0);
    instant.setUTCFullYear(year, month - 1, day);
    if (year === 0 || hour > 23 || minute > 59 || second > 59) return undefined;
    if (instant.getUTCMonth() !== month - 1 || instant.getUTCDate() !== day) return undefined;
    instant.setUTCHours(hour, minute, second, Number((match[7] ?? '').slice(0, 3).padEnd(3, '0')));
    if (match[8] === undefined) return { match };
    const minutes = Number(`${match[8][0]}1`) * (Number(match[8].slice(1, 3)) * 60 + Number(match[8].slice(3)));
    if (Number(match[8].slice(3)) > 59 || minutes < -720 || minutes > 840) return undefined;
    return { match, utc: match[4] === undefined ? undefined : new Date(instant.getTime() - minutes * 60000) };
  }

  function isTime(value, type) {
    const time = timeOf(value);
    if (time === undefined) return false;
    if (type === 'instant') return time.utc?.getUTCFullYear() >= 1 && time.utc.getUTCFullYear() <= 9999;
    if (type === 'timestamp' && (time.match[7] ?? '').replace(/0+$/, '').length > 6) return false;
    return time.match[3] !== undefined;
  }

  function isBoolean(value) {
    return /^(y|yes|true|t|1|n|no|false|f|0)$/i.test(value.trim());
  }

  function isBase64(value) {
    const text = value.replace(/\s+/g, '');
    return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1;
  }

  /** Why a constant or default cannot be written into a column; undefined when it can. */
  function misfit(node, column, type, size, value) {
    const told = { column, ...size, before: size.precision - size.scale, interpolation: { escapeValue: false } };
    if (type === 'text' && value.length > size.length) return node._('error.value.length', told);
    if (type === 'text' || type === 'long text' || type === 'bytes') {
      const whole = !/\p{Surrogate}/u.test(value) && (type === 'bytes' || !value.includes('\0'));
      return whole ? undefined : node._('error.value.characters', told);
    }
    if (type === 'integer') return isNumber(value, size) ? undefined : node._('error.value.integer', told);
    if (type === 'decimal') return isNumber(value, size) ? undefined : node._('error.value.decimal', told);
    if (type === 'boolean') return isBoolean(value) ? undefined : node._('error.value.boolean', told);
    if (type === 'base64') return isBase64(value) ? undefined : node._('error.value.base64', told);
    if (isTime(value, type)) return undefined;
    if (type === 'date') return node._('error.value.date', told);
    return node._(type === 'instant' ? 'error.value.instant' : 'error.value.timestamp', told);
  }

  /** Why a column has no usable source; undefined when it has one. A constant is judged with its type. */
  function sourceProblem(node, column, kind, source) {
    const told = { column, interpolation: { escapeValue: false } };
    const text = textOf(source);
    if (kind === 'constant' || kind === 'log' || VARIABLE.test(text)) return undefined;
    if (text === '') return node._('error.source', told);
    if (kind === 'path') return PATH.test(text) ? undefined : node._('error.path', told);
    if (kind === 'property') {
      const valid = RED.utils.validatePropertyExpression(text.replace(/^msg\./, ''));
      return valid ? undefined : node._('error.property', told);
    }
    if (kind !== 'expression') return node._('error.source', told);
    try {
      window.jsonata?.(text);
      return undefined;
    } catch (error) {
      return node._('error.expression', { ...told, reason: error.message });
    }
  }

  /** What is wrong with the choice for several values. */
  function repeatsProblem(node, column, kind, source, repeats) {
    const told = { column, interpolation: { escapeValue: false } };
    if (!REPEATS.includes(repeats)) return node._('error.choice', told);
    if (kind !== 'path' || repeats !== 'rows') return undefined;
    const text = textOf(source);
    return VARIABLE.test(text) || !PATH.test(text) || FIELD.test(text) ? undefined : node._('error.repeats', told);
  }

  function isSeparator(value) {
    const text = String(value ?? '').replace(/\\[nt]/g, '\n');
    return text.length <= LONGEST_SEPARATOR && !/(?![\n\t])[\x00-\x1f]|\p{Surrogate}/u.test(text);
  }

  function nameProblem(node, name) {
    if (name === '') return node._('error.name');
    return VARIABLE.test(name) || isName(name) ? undefined : node._('error.longName', { bytes: NAME_BYTES });
  }

  /** The problems of one column, by the field that they are of. */
  function columnProblems(node, one, mode) {
    const column = textOf(one.column);
    const told = { column, interpolation: { escapeValue: false } };
    const chosen = (value, first) => (value === undefined || value === '' ? first : value);
    const type = chosen(one.type, 'text');
    const missing = chosen(one.missing, 'null');
    const wrong = chosen(one.misfit, 'refuse');
    const kind = chosen(one.kind, 'path');
    const key = one.key === true;
    const isText = type === 'text' || type === 'long text';
    const size = sizeOf(type, textOf(one.size));
    const found = {};
    found.column = nameProblem(node, column);
    found.source = sourceProblem(node, column, kind, one.source);
    if (!TYPES.includes(type)) found.type = node._('error.type', told);
    else if (key && NOT_IN_A_KEY.includes(type)) found.type = node._('error.keyType', told);
    if (size === undefined) found.size = node._(type === 'text' ? 'error.text' : 'error.decimal', told);
    const missings = ['default', 'refuse', ...(key ? [] : ['null', ...(mode === 'upsert' ? ['leave'] : [])])];
    if (!missings.includes(missing)) found.missing = node._('error.choice', told);
    const misfits = ['default', 'refuse', ...(key ? [] : ['null']), ...(isText ? ['cut'] : [])];
    if (!misfits.includes(wrong)) found.misfit = node._('error.choice', told);
    const repeats = chosen(one.repeats, 'first');
    found.repeats = repeatsProblem(node, column, kind, one.source, repeats);
    if (!isSeparator(one.separator)) found.separator = node._('error.separator', { ...told, most: LONGEST_SEPARATOR });
    if (size === undefined || found.type !== undefined) return found;
    if (kind === 'log') {
      const fits = TYPES_OF_AN_ID.includes(type) && misfit(node, column, type, size, GREATEST_ID) === undefined;
      if (!fits) found.type = node._('error.idType', told);
    }
    const constant = kind === 'constant';
    const value = String((constant ? one.source : one.value) ?? '');
    if ((constant || missing === 'default' || wrong === 'default') && !VARIABLE.test(value)) {
      found[constant ? 'source' : 'value'] = misfit(node, column, type, size, value);
    }
    return found;
  }

  /** Marks the columns that have a row for each repetition of another field than the rows or the columns before them. */
  function judgeFields(node, list, found, rows) {
    let [, segment, field] = /^([A-Z][A-Z0-9]{2})[-.](\d+)$/.exec(textOf(rows)) ?? [];
    list.forEach((one, n) => {
      if ((one?.kind ?? 'path') !== 'path' && one?.kind !== '') return;
      const match = one?.repeats === 'rows' ? FIELD.exec(textOf(one.source)) : null;
      if (match === null) return;
      const own = match[1].replace('(', '[').replace(')', ']');
      if (field === undefined) [segment, field] = [own, match[2]];
      else if (segment !== own || field !== match[2]) {
        const column = textOf(one.column);
        found[n].repeats ??= node._('error.otherField', { column, interpolation: { escapeValue: false } });
      }
    });
  }

  /**
   * What is wrong with the columns.
   * @param rows what a row is written for
   * @returns `list`: what the list as a whole lacks; `columns`: of each column a text by the field that is wrong
   */
  function columns(node, value, mode = 'insert', rows = 'message') {
    const list = Array.isArray(value) ? value : [];
    const found = list.map((one) => columnProblems(node, one ?? {}, mode));
    judgeFields(node, list, found, rows);
    const names = list.map((one) => textOf(one?.column).toLowerCase());
    names.forEach((name, n) => {
      if (name === '' || names.indexOf(name) === n) return;
      found[n].column = node._('error.twice', {
        column: textOf(list[n].column),
        interpolation: { escapeValue: false },
      });
    });
    const keyed = mode === 'insert' || list.some((one) => one?.key === true);
    if (list.length === 0) return { columns: found, list: node._('error.columns') };
    if (list.length > MOST_COLUMNS)
      return { columns: found, list: node._('error.manyColumns', { most: MOST_COLUMNS }) };
    return { columns: found, list: keyed ? undefined : node._('error.key') };
  }

  return {
    /** What is wrong with the name of the table, or true. */
    table(node, value) {
      const name = textOf(value);
      if (name === '') return node._('error.table');
      if (LOG_TABLE.test(name)) return node._('error.logTable');
      return nameProblem(node, name) ?? true;
    },

    schema(node, value) {
      const name = textOf(value);
      return name === '' ? true : (nameProblem(node, name) ?? true);
    },

    rows(node, value) {
      const name = textOf(value);
      return name === '' || name === 'message' || ROWS.test(name) ? true : node._('error.rows');
    },

    columns,

    /** The first thing that is wrong with the columns, or true. */
    verdict(node, value, mode, rows) {
      const found = columns(node, value, mode, rows);
      const first = found.columns.flatMap((one) => Object.values(one)).find((text) => text !== undefined);
      return first ?? found.list ?? true;
    },

    isPath: (text) => PATH.test(textOf(text)),
  };
})();
