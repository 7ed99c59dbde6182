// The dialog of mllp in: what its settings must be like, and what it shows.
window.hl7MllpIn = (() => {
  const LOCAL = ['127.0.0.1', '0.0.0.0'];

  function isIpv6(text) {
    if (!/^[0-9a-f:.]+$/i.test(text)) return false;
    try {
      return new URL(`http://[${text}]/`).hostname !== '';
    } catch {
      return false;
    }
  }

  function isAddressOrRange(text) {
    const [address, bits, ...more] = text.split('/');
    const isV4 = /^(\d{1,3}\.){3}\d{1,3}$/.test(address) && address.split('.').every((octet) => Number(octet) <= 255);
    if (!isV4 && !isIpv6(address)) return false;
    if (bits === undefined) return true;
    return more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (isV4 ? 32 : 128);
  }

  /** As the listener compares labels; it tells the editor those that it knows. */
  function isCharset(label) {
    const known = RED.settings.hl7MllpInCharsets;
    const key = label
      .replace(/:\d{4}$/, '')
      .replace(/[^A-Za-z0-9]+/g, '')
      .toUpperCase();
    return known === undefined || known.includes(key);
  }

  /** Makes the lines that the folded sections show. */
  function states(node, now) {
    return {
      acknowledgment: () => {
        if (now('acknowledge') === 'never') return node._('state.acknowledgment.never');
        const modes = {
          msh: node._('state.acknowledgment.msh'),
          original: node._('state.acknowledgment.original'),
          commit: node._('state.acknowledgment.commit'),
        };
        const failures = { close: node._('state.acknowledgment.close'), none: node._('state.acknowledgment.none') };
        return node._('state.acknowledgment.line', {
          mode: Object.hasOwn(modes, now('ackMode')) ? modes[now('ackMode')] : now('ackMode'),
          failure: (Object.hasOwn(failures, now('onFailure')) && failures[now('onFailure')]) || now('onFailure'),
          timeout: now('timeout'),
        });
      },
      security: () => {
        const on = now('usetls') && now('tls') && now('tls') !== '_ADD_';
        const mutual = node._(now('clientCertificate') ? 'state.security.mutual' : 'state.security.on');
        const entries = String(now('allow') || '')
          .split(/[\s,;]+/)
          .filter(Boolean).length;
        const peers = entries === 0 ? node._('state.security.any') : node._('state.security.listed', { entries });
        return `${on ? mutual : node._('state.security.off')}, ${peers}`;
      },
      text: () => {
        const charset = now('charset');
        if (charset && now('forceCharset')) return node._('state.text.forced', { charset });
        const rest = charset ? node._('state.text.default', { charset }) : node._('state.text.msh');
        return now('utf8') === 'prefer' ? node._('state.text.utf8', { rest }) : rest;
      },
      limits: () =>
        node._('state.limits.line', {
          frame: now('maxFrame'),
          time: now('frameTime'),
          connections: now('maxConnections'),
        }),
      advanced: () => {
        const refuses = now('severalMessages') === 'refuse' && now('startInside') === 'refuse';
        const strict = refuses && !now('withoutStart');
        const frames = node._(strict ? 'state.advanced.strict' : 'state.advanced.tolerant');
        return node._('state.advanced.line', { window: now('window'), frames });
      },
    };
  }

  /** The button that sends a test message: it goes through the listener that is deployed. */
  function trial(node) {
    const button = $('#hl7-mllp-in-test');
    const result = $('#hl7-mllp-in-result');
    const deployed = !node.changed && !node.d && !RED.nodes.subflow(node.z);
    button.prop('disabled', !deployed).toggleClass('disabled', !deployed);
    if (!deployed) result.text(node._('test.deployFirst'));
    const values = () => ({ id: node.id });
    hl7Dialog.trial(node, { button, result, url: 'hl7-logger/listener/test', timeout: 60000, values });
  }

  return {
    // Validators, as the editor calls them.

    host(value, _opt) {
      if (hl7Settings.isOpen(value)) return true;
      return /^[\w.:%-]+$/.test(hl7Settings.given(value)) ? true : this._('error.host');
    },

    tls(value, opt) {
      if (!value || value === '_ADD_') return this._def.now(this, 'usetls') ? this._('error.tls') : true;
      return hl7Dialog.chosen(value, opt);
    },

    allow(value, _opt) {
      if (hl7Settings.isOpen(value)) return true;
      const entries = hl7Settings.given(value).split(/[\s,;]+/);
      return entries.every((entry) => entry === '' || isAddressOrRange(entry)) ? true : this._('error.allow');
    },

    charset(value, _opt) {
      if (hl7Settings.isOpen(value)) return true;
      const charset = hl7Settings.given(value);
      if (charset === '') return this._def.now(this, 'forceCharset') ? this._('error.charset') : true;
      return isCharset(charset) ? true : this._('error.charsetUnknown', { charset });
    },

    maxBuffered(value, opt) {
      const checked = hl7Settings.number('hl7-mllp-in', 'maxBuffered').call(this, value, opt);
      if (checked !== true) return checked;
      const frame = hl7Settings.numberIn('hl7-mllp-in', 'maxFrame', this._def.now(this, 'maxFrame'));
      return hl7Settings.numberIn('hl7-mllp-in', 'maxBuffered', value) < frame ? this._('error.maxBuffered') : true;
    },

    application(value, _opt) {
      return !value && this._def.now(this, 'identity') === 'own' ? this._('error.application') : true;
    },

    /** Makes the open dialog ready. */
    edit(node, now) {
      const dialog = $('#hl7-mllp-in').data('node', node.id);
      hl7Settings.showPresets('hl7-mllp-in', 'node-input');
      const listen = $('#hl7-mllp-in-listen').val(LOCAL.includes(node.host) ? node.host : '');
      const address = () => $('#hl7-mllp-in-address').toggle(listen.val() === '');
      listen.on('change', () => {
        address();
        if (listen.val() !== '') $('#node-input-host').val(listen.val()).trigger('change');
      });
      address();

      const usetls = $('#node-input-usetls').prop('checked', Boolean(node.tls));
      usetls.on('change', () => $('#node-input-tls').trigger('change'));
      for (const label of RED.settings.hl7MllpInCharsetLabels ?? []) {
        $('<option>').val(label).appendTo('#hl7-mllp-in-charsets');
      }

      // A flow of an earlier version has no such choice.
      if (node.utf8 === undefined) $('#node-input-utf8').val('trust');

      const notes = {
        flow: node._('note.flow'),
        stored: node._('note.stored'),
        receipt: node._('note.receipt'),
        never: node._('note.never'),
      };
      const tell = hl7Dialog.sections(dialog, states(node, now));
      const refresh = () => {
        $('#hl7-mllp-in-note').text((Object.hasOwn(notes, now('acknowledge')) && notes[now('acknowledge')]) || '');
        dialog.find('.hl7-own').toggle(now('identity') === 'own');
        dialog.find('.hl7-tls').toggle(now('usetls'));
        tell();
      };
      dialog.on('change input', refresh);
      refresh();
      trial(node);
    },

    save(node) {
      hl7Settings.save(node);
      if ($('#node-input-usetls').is(':checked')) return;
      $('#node-input-tls').val('_ADD_');
      $('#node-input-clientCertificate').prop('checked', false);
    },
  };
})();
