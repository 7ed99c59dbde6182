// What the settings of hl7 database must be like.
window.hl7DatabaseRules = (() => {
  const MOST_DAYS = 36500;
  const MOST_MESSAGES = 1000000000000;
  const MOST_PLACES = 200;
  const KIND_LENGTH = 20;

  const now = (node, property) => node._def.now(node, property);
  const isBlank = (value) => hl7Dialog.given(value) === '';

  function isOnServer(node) {
    return now(node, 'dialect') !== 'sqlite';
  }

  /** The kind of login: others than by user and password are SQL Server's. */
  function loginOf(node) {
    return now(node, 'dialect') === 'mssql' ? now(node, 'login') : 'sql';
  }

  function isPrincipal(node) {
    return loginOf(node) === 'azure-service-principal';
  }

  /** How long, or how many: blank and 0 keep everything. */
  function kept(node, value, { label: field }, whole) {
    const text = hl7Dialog.given(value);
    const most = whole ? MOST_MESSAGES : MOST_DAYS;
    const form = whole ? /^\d+$/ : /^\d+(\.\d+)?$/;
    if (text === '' || (form.test(text) && Number(text) <= most)) return true;
    const told = { field, max: most.toLocaleString('en-US') };
    return whole ? node._('error.keptWhole', told) : node._('error.kept', told);
  }

  /** A text of several lines; one that comes from a variable is only known where the flow runs. */
  function typed(value) {
    if (/^\$\{\w+\}$/.test(hl7Dialog.given(value))) return '';
    return /^\s*\$\{/.test(value || '') ? hl7Dialog.given(value) : String(value || '');
  }

  function variable(node, value, { label: field }) {
    if (!isOnServer(node) || now(node, 'userFrom') !== 'environment') return true;
    return /^[A-Za-z_]\w*$/.test(value || '') ? true : node._('error.variable', { field });
  }

  /** Why a line of the list of places is wrong, as the store reads it; undefined when it is not. */
  function placeProblem(node, text, line, known) {
    const match = /^([a-z][a-z0-9_-]*)\s+(([A-Z][A-Z0-9]{2})-[1-9]\d{0,2})\s+([A-Z]+)$/.exec(text);
    if (match === null) return node._('error.places.form', { line });
    const [, kind, place, segment, type] = match;
    if (kind.length > KIND_LENGTH) return node._('error.places.kind', { line });
    if (!/^(CX|EI|EIP|CWE|CE|CNE|ST|XCN|QIP)$/.test(type)) return node._('error.places.type', { line });
    if (segment === 'MSH') return node._('error.places.header', { line });
    if (known.has(place)) return node._('error.places.twice', { line, place });
    known.add(place);
    return undefined;
  }

  return {
    isOnServer,
    loginOf,
    isPrincipal,

    // Validators, as the editor calls them.

    file(value, _opt) {
      if (isOnServer(this)) return true;
      if (!String(value || '').trim()) return this._('error.file');
      return /^:memory:$|^file:.*mode=memory/i.test(value) ? this._('error.memory') : true;
    },

    host(value, _opt) {
      const host = hl7Dialog.given(value);
      if (!isOnServer(this)) return true;
      return /^[^\s/\\,;@]+$/.test(host) && !/^[^:]+:\d+$/.test(host) ? true : this._('error.host');
    },

    port(value, opt) {
      return !isOnServer(this) || isBlank(value) ? true : hl7Dialog.whole(1, 65535).call(this, value, opt);
    },

    instance(value, _opt) {
      if (now(this, 'dialect') !== 'mssql') return true;
      return /^[^\s\\/:,]*$/.test(hl7Dialog.given(value)) ? true : this._('error.instance');
    },

    database(value, _opt) {
      if (!isOnServer(this) || !isBlank(value)) return true;
      return this._(now(this, 'dialect') === 'oracle' ? 'error.service' : 'error.database');
    },

    domain(value, _opt) {
      return loginOf(this) === 'ntlm' && isBlank(value) ? this._('error.domain') : true;
    },

    tenant(value, _opt) {
      return isPrincipal(this) && isBlank(value) ? this._('error.tenant') : true;
    },

    client(value, _opt) {
      return /^azure/.test(loginOf(this)) && isBlank(value) ? this._('error.client') : true;
    },

    userVariable(value, opt) {
      return isPrincipal(this) ? true : variable(this, value, opt);
    },

    passwordVariable(value, opt) {
      return !value && !isPrincipal(this) ? true : variable(this, value, opt);
    },

    user(value, _opt) {
      if (!isOnServer(this) || now(this, 'userFrom') === 'environment') return true;
      return isPrincipal(this) || value ? true : this._('error.user');
    },

    tls(value, opt) {
      const unused = !value || value === '_ADD_' || !isOnServer(this) || now(this, 'encryption') === 'off';
      return unused ? true : hl7Dialog.chosen(value, opt);
    },

    driverOptions(value, _opt) {
      if (isBlank(value)) return true;
      try {
        const parsed = JSON.parse(hl7Dialog.given(value));
        const isObject = parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed);
        return isObject ? true : this._('error.object');
      } catch (error) {
        return this._('error.json', { reason: error.message });
      }
    },

    days(value, opt) {
      return kept(this, value, opt, false);
    },

    messages(value, opt) {
      return kept(this, value, opt, true);
    },

    everyMinutes(value, opt) {
      return isBlank(value) ? true : hl7Dialog.number(1, 10080).call(this, value, opt);
    },

    /** The first line that is wrong, and why. */
    identifiers(value, _opt) {
      const lines = typed(value).split(/\r\n|[\r\n]/);
      if (lines.length > MOST_PLACES) return this._('error.places.many');
      const known = new Set();
      for (const [n, line] of lines.entries()) {
        const text = line.trim();
        const problem = text === '' || text.startsWith('#') ? undefined : placeProblem(this, text, n + 1, known);
        if (problem !== undefined) return problem;
      }
      return true;
    },
  };
})();
