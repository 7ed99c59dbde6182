// The dialog of hl7 database.
window.hl7Database = (() => {
  const PORTS = { mssql: '1433', postgres: '5432', mysql: '3306', mariadb: '3306', oracle: '1521' };

  const now = (node, property) => node._def.now(node, property);

  /** What the retention keeps of something: days, messages, or '' for all. */
  function keeping(node, days, messages) {
    const some = (property) => {
      const count = hl7Settings.given(now(node, property));
      if (count === '' || Number(count) === 0) return '';
      return count.replace(/^\d{4,}$/, (all) => Number(all).toLocaleString('en-US'));
    };
    const parts = [];
    if (some(days)) parts.push(node._('state.retention.days', { number: some(days) }));
    if (some(messages)) parts.push(node._('state.retention.messages', { number: some(messages) }));
    return parts.join(', ');
  }

  /** Makes the lines that the folded sections show. */
  function states(node) {
    return {
      security: () => {
        const lines = {
          off: node._('state.security.off'),
          on: node._('state.security.on'),
          verify: node._('state.security.verify'),
        };
        return lines[now(node, 'encryption')];
      },
      connection: () =>
        node._('state.connection.line', { connect: now(node, 'connectTime'), statement: now(node, 'statementTime') }),
      tables: () => {
        const made = !hl7DatabaseRules.isOnServer(node) || now(node, 'createTables');
        return node._(made ? 'state.tables.created' : 'state.tables.there');
      },
      retention: () => {
        const content = keeping(node, 'contentDays', 'contentMessages');
        const all = keeping(node, 'days', 'messages');
        const parts = [];
        if (content) parts.push(node._('state.retention.content', { kept: content }));
        if (all) parts.push(node._('state.retention.all', { kept: all }));
        return parts.join('; ') || node._('state.retention.everything');
      },
      identifiers: () => {
        const text = String(now(node, 'identifiers') || '').trim();
        if (text === '') return node._('state.identifiers.usual');
        return node._(/^[^\S\r\n]*[^#\s]/m.test(text) ? 'state.identifiers.own' : 'state.identifiers.none');
      },
      advanced: () => node._(now(node, 'driverOptions') ? 'state.advanced.more' : 'state.advanced.none'),
    };
  }

  /** Shows what belongs to the chosen database. */
  function arrange(node, dialog) {
    const dialect = now(node, 'dialect');
    const toggle = (attribute, value) => {
      dialog.find(`[${attribute}]`).each((_, one) => {
        $(one).toggle($(one).attr(attribute).split(' ').includes(value));
      });
    };
    toggle('data-for', dialect);
    toggle('data-login', hl7DatabaseRules.loginOf(node));
    dialog.find('.hl7-user').toggle(!hl7DatabaseRules.isPrincipal(node));
    dialog.find('.hl7-password').text(node._(hl7DatabaseRules.isPrincipal(node) ? 'label.secret' : 'label.password'));
    dialog.find('.hl7-tls').toggle(now(node, 'encryption') !== 'off');
    $('#hl7-database-database').text(node._(dialect === 'oracle' ? 'label.service' : 'label.database'));
    $('#node-config-input-database').attr('placeholder', dialect === 'oracle' ? 'FREEPDB1' : 'hl7');
    $('#node-config-input-port').attr('placeholder', (Object.hasOwn(PORTS, dialect) && PORTS[dialect]) || '');
  }

  function tellLastRun(node) {
    const line = $('#hl7-database-last-run');
    $.getJSON(`hl7-logger/database/${encodeURIComponent(node.id)}/retention`)
      .done(({ retention: run }) => {
        line.text(run ? `${new Date(run.startedAt).toLocaleString()}: ${run.text}` : node._('lastRun.none'));
        line.css('color', run?.error ? 'var(--red-ui-text-color-error)' : 'var(--red-ui-secondary-text-color)');
      })
      .fail((request) => line.text(hl7Dialog.refusal(node, request)));
  }

  /** The list of places, and the button that fills it with the usual ones. */
  function offerPlaces() {
    const places = $('#node-config-input-identifiers');
    const button = $('#hl7-database-places');
    const offer = () => button.prop('disabled', String(places.val()).trim() !== '');
    places.on('input', offer);
    offer();
    button.on('click', () => {
      places.val(places.attr('placeholder')).trigger('change').trigger('focus');
      offer();
    });
  }

  /** The button that tries the settings of the dialog out. */
  function trial(node) {
    const credential = (property) => $(`#node-config-input-${property}`).val();
    const values = () => {
      const credentials = { user: credential('user'), password: credential('password') };
      const settings = Object.keys(node._def.defaults).map((property) => [property, now(node, property)]);
      const all = { id: node.id, credentials, ...Object.fromEntries(settings) };
      return all.tls === '_ADD_' ? { ...all, tls: '' } : all;
    };
    const [button, result] = [$('#hl7-database-test'), $('#hl7-database-result')];
    hl7Dialog.trial(node, { button, result, url: 'hl7-logger/database/test', values });
  }

  /** The buttons that show and copy the SQL for a DBA. */
  function offerSql(node) {
    const sql = $('#hl7-database-sql');
    const copy = $('#hl7-database-copy').hide();
    // A variable that only the running node knows stands there by its name.
    const named = (value) => hl7Settings.given(value).replace(/^\$[{(]([\w.$-]+)[})]$/, '$1');
    $('#hl7-database-show').on('click', () => {
      const dialect = now(node, 'dialect');
      const user = $('#node-config-input-user').val();
      const schema = /^(mssql|postgres|oracle)$/.test(dialect) ? named(now(node, 'schema')) : '';
      $.getJSON('hl7-logger/database/sql', {
        dialect,
        schema,
        user: hl7Settings.isOpen(user) ? '' : hl7Settings.given(user),
      })
        .done((answer) => {
          sql.val(answer.ok ? answer.sql : hl7Dialog.told(answer)).show();
          copy.toggle(Boolean(answer.ok));
        })
        .fail((request) => {
          sql.val(hl7Dialog.refusal(node, request)).show();
          copy.hide();
        });
    });
    copy.on('click', () => RED.clipboard.copyText(sql.val(), copy, 'clipboard.copyMessageValue'));
  }

  return {
    /** What the node is called when it has no name. */
    title(node) {
      if (node.dialect === 'sqlite') return node.file || node._('palette.node');
      const titles = {
        mssql: node._('option.dialect.mssql'),
        postgres: node._('option.dialect.postgres'),
        mysql: node._('option.dialect.mysql'),
        mariadb: node._('option.dialect.mariadb'),
        oracle: node._('option.dialect.oracle'),
      };
      const host = hl7Settings.given(node.host);
      const server = node.instance ? `${host}\\${hl7Settings.given(node.instance)}` : host;
      return `${(Object.hasOwn(titles, node.dialect) && titles[node.dialect]) || node.dialect} ${server}/${hl7Settings.given(node.database)}`;
    },

    /** Makes the open dialog ready. */
    edit(node) {
      const dialog = $('#hl7-database').data('node', node.id);
      hl7Settings.showPresets('hl7-database', 'node-config-input');
      const { config, credentials } = hl7Settings.migrate('hl7-database', node);
      for (const [property, value] of Object.entries({ ...config, ...credentials })) {
        if (property in credentials || (node[property] === undefined && property !== 'configVersion')) {
          const field = $(`#node-config-input-${property}`);
          if (field.is(':checkbox')) field.prop('checked', value);
          else field.val(value);
        }
      }
      const tell = hl7Dialog.sections(dialog, states(node));
      const refresh = () => {
        arrange(node, dialog);
        tell();
      };
      dialog.on('change input', refresh);
      refresh();
      tellLastRun(node);
      offerPlaces();
      trial(node);
      offerSql(node);
    },

    save(node) {
      hl7Settings.save(node);
      if ($('#node-config-input-encryption').val() === 'off') $('#node-config-input-tls').val('_ADD_');
    },
  };
})();
