// The custom table in the dialog of db store: the list of its columns, and the preview of what a sample message gives.
window.hl7OwnTable = (() => {
  const KINDS = { hl7: 'path', msg: 'property', str: 'constant', jsonata: 'expression', hl7id: 'log' };
  const TYPES = { path: 'hl7', property: 'msg', constant: 'str', expression: 'jsonata', log: 'hl7id' };
  /** What a table of one's own begins with. */
  const FIRST = [
    { column: 'control_id', kind: 'path', source: 'MSH-10', type: 'text', size: '250', key: true, missing: 'refuse' },
    { column: 'patient_id', kind: 'path', source: 'PID-3.1', type: 'text', size: '250' },
  ];
  /** The fields of a row, by the setting they are of; that of the source is another for each kind. */
  const FIELDS = {
    column: '.hl7-column-name',
    type: '.hl7-type',
    size: '.hl7-size',
    missing: '.hl7-missing',
    misfit: '.hl7-misfit',
    repeats: '.hl7-repeats',
    separator: '.hl7-separator',
    value: '.hl7-default',
  };
  const PATIENCE_MS = 400;

  const list = () => $('#node-input-columns-list');
  const rows = () => list().editableList('items').toArray();

  function isSized(type) {
    return type === 'text' || type === 'decimal';
  }

  /** A row of the list as it is saved. */
  function columnOf(row) {
    const source = row.data('source');
    const type = row.find('.hl7-type').val();
    const kind = KINDS[source.typedInput('type')];
    return {
      column: row.find('.hl7-column-name').val().trim(),
      kind,
      source: kind === 'log' ? '' : source.typedInput('value'),
      type,
      size: isSized(type) ? row.find('.hl7-size').val().trim() : '',
      key: row.find('.hl7-key').prop('checked'),
      missing: row.find('.hl7-missing').val(),
      misfit: row.find('.hl7-misfit').val(),
      repeats: row.find('.hl7-repeats').val(),
      separator: row.find('.hl7-separator').val(),
      value: row.find('.hl7-default').val(),
    };
  }

  /** The list of the open dialog, as it is saved. */
  function listed() {
    return rows().map((item) => columnOf($(item).find('.hl7-column')));
  }

  /** Offers in a row only what goes together. */
  function choices(row, mode) {
    const key = row.find('.hl7-key').prop('checked');
    const type = row.find('.hl7-type').val();
    const missing = row.find('.hl7-missing');
    const misfit = row.find('.hl7-misfit');
    const allow = (select, value, allowed) => {
      if (!allowed && select.val() === value) select.val('refuse');
      select.find(`option[value="${value}"]`).prop('disabled', !allowed).toggle(allowed);
    };
    allow(missing, 'null', !key);
    allow(missing, 'leave', !key && mode === 'upsert');
    allow(misfit, 'null', !key);
    allow(misfit, 'cut', type === 'text' || type === 'long text');
    const size = row.find('.hl7-size').toggle(isSized(type));
    size.attr('placeholder', type === 'decimal' ? '18,4' : '250');
    const source = row.data('source').typedInput('type');
    row.find('.hl7-policies').toggle(source !== 'str');
    misfit.toggle(source !== 'hl7id');
    const repeats = row.find('.hl7-repeats').toggle(source === 'hl7');
    row.find('.hl7-separator').toggle(source === 'hl7' && repeats.val() === 'all');
    row.find('.hl7-default').toggle(missing.val() === 'default' || misfit.val() === 'default');
  }

  /** Shows a field as the editor shows one that is not valid, with the reason; or as it was. */
  function mark(field, reason) {
    const tooltip = field.data('hl7-reason');
    field.toggleClass('input-error', reason !== undefined);
    if (reason === undefined) {
      field.removeData('hl7-reason');
      tooltip?.delete();
    } else if (tooltip) tooltip.setContent(reason);
    else field.data('hl7-reason', RED.popover.tooltip(field, reason));
  }

  /** What stands in a row for a source: the field itself is hidden. */
  function sourceOf(row) {
    const source = row.data('source');
    // The reason that the field finds by itself is among ours.
    source.data('tooltip')?.delete();
    source.removeData('tooltip');
    return source.next('.red-ui-typedInput-container');
  }

  /** Marks what is wrong in the list. */
  function judge(node, now) {
    const judged =
      now('write') === 'log' ? undefined : hl7OwnTableRules.columns(node, listed(), now('mode'), now('rows'));
    rows().forEach((item, n) => {
      const row = $(item).find('.hl7-column');
      const reasons = judged?.columns[n] ?? {};
      for (const [field, place] of Object.entries(FIELDS)) mark(row.find(place), reasons[field]);
      mark(sourceOf(row), reasons.source);
    });
    $('#hl7-db-store-list').text(judged?.list ?? '');
    list()
      .closest('.red-ui-editableList-container')
      .toggleClass('input-error', judged?.list !== undefined);
  }

  /**
   * Makes the list of the dialog, with the node's columns.
   * @param changed called when a row was added, moved or removed
   */
  function fill(node, now, changed) {
    let filled = false;
    list().editableList({
      addButton: node._('button.addColumn'),
      removable: true,
      sortable: true,
      height: 'auto',
      addItem: (container, _index, one) => {
        const row = $('#hl7-db-store-column > .hl7-column').clone().appendTo(container);
        const source = row.find('.hl7-source input').css('width', '100%');
        const path = { value: 'hl7', label: node._('kind.path'), validate: hl7OwnTableRules.isPath };
        const id = { value: 'hl7id', label: node._('kind.log'), hasValue: false };
        const type = (Object.hasOwn(TYPES, one.kind) && TYPES[one.kind]) || 'hl7';
        source.val(one.source || '').typedInput({ default: type, types: [path, 'msg', 'str', 'jsonata', id] });
        source.typedInput('type', type);
        row.data('source', source);
        row.find('.hl7-column-name').val(one.column || '');
        row.find('.hl7-type').val(one.type || 'text');
        row.find('.hl7-size').val(one.size || '');
        row.find('.hl7-key').prop('checked', Boolean(one.key));
        row.find('.hl7-missing').val(one.missing || 'null');
        row.find('.hl7-misfit').val(one.misfit || 'refuse');
        row.find('.hl7-repeats').val(one.repeats || 'first');
        row.find('.hl7-separator').val(one.separator || '');
        row.find('.hl7-default').val(one.value || '');
        choices(row, now('mode'));
        row.on('change input', () => choices(row, now('mode')));
        if (filled) changed();
      },
      removeItem: changed,
      sortItems: changed,
    });
    for (const one of Array.isArray(node.columns) ? node.columns : []) list().editableList('addItem', one);
    filled = true;
    $('#node-input-mode').on('change', () => {
      for (const item of rows()) choices($(item).find('.hl7-column'), now('mode'));
    });
  }

  /** Columns to begin with, where there are none yet. */
  function begin(node) {
    if (rows().length > 0) return;
    for (const one of FIRST) list().editableList('addItem', one);
    if (!node.table) $('#node-input-create').prop('checked', true);
    $('#hl7-db-store > details').prop('open', true);
  }

  /** What has become of a value that was not written as it is. */
  function noteOf(node, one) {
    if (one.kind === 'refused') return node._('preview.isRefused');
    if (one.failed) return node._('preview.isFailed');
    if (one.kind === 'cut') return node._('preview.isCut');
    return one.leftOut ? node._('preview.isFirst') : undefined;
  }

  function cell(node, one) {
    const special = {
      left: node._('preview.left'),
      null: 'NULL',
      refused: node._('preview.refused'),
      id: node._('preview.id'),
    };
    const td = $('<td>').text(special[one.kind] || one.value);
    td.toggleClass('hl7-none', one.kind === 'left' || one.kind === 'null' || one.kind === 'id');
    td.toggleClass('hl7-bad', noteOf(node, one) !== undefined);
    return one.problem ? td.attr('title', one.problem) : td;
  }

  /** Shows what a sample message gives; @returns what the section's line says. */
  function show(node, answer) {
    const result = $('#hl7-db-store-result').empty();
    const head = $('<tr>');
    for (const { name, type, key } of answer.columns) {
      const below = $('<div class="hl7-none">').text(type + (key ? ` ${node._('preview.key')}` : ''));
      $('<th>').text(name).append(below).appendTo(head);
    }
    const table = $('<table cellspacing="0">').append(head);
    const problems = {};
    for (const row of answer.rows) {
      const line = $('<tr>').appendTo(table);
      row.forEach((one, n) => {
        line.append(cell(node, one));
        const note = noteOf(node, one);
        if (note !== undefined) problems[`${answer.columns[n].name} ${one.problem}`] = note;
      });
    }
    $('<div class="hl7-scroll">').append(table).appendTo(result);
    for (const [problem, note] of Object.entries(problems)) {
      $('<p class="hl7-bad">').text(`${problem}: ${note}`).appendTo(result);
    }
    if (answer.rows.length === 0) $('<p class="hl7-bad">').text(node._('preview.none')).appendTo(result);
    if (answer.more > 0)
      $('<p>')
        .text(node._('preview.more', { rows: answer.more }))
        .appendTo(result);
    if (answer.sql) $('<pre>').text(answer.sql).appendTo(result);
    if (Object.values(problems).includes(node._('preview.isRefused'))) return node._('state.preview.refused');
    return node._('state.preview.rows', { rows: answer.rows.length + answer.more });
  }

  /**
   * Asks Node-RED for a preview of the open dialog.
   * @param tell takes what the section's line says
   * @returns what asks anew, soon
   */
  function preview(node, now, tell) {
    const dialog = $('#hl7-db-store');
    const sample = $('#hl7-db-store-sample');
    let asked = 0;
    let timer;
    // An answer may come when this dialog is closed, and even when the same node's is open anew.
    const isOpen = () => dialog.is($('#hl7-db-store'));
    const refuse = (text) => {
      $('#hl7-db-store-result').empty().append($('<p class="hl7-bad">').text(text));
      tell(node._('state.preview.wrong'));
    };
    const ask = () => {
      if (!isOpen() || now('write') === 'log') return;
      asked += 1;
      const mine = asked;
      const database = RED.nodes.node($('#node-input-database').val());
      const settings = { columns: listed() };
      for (const property of ['table', 'schema', 'create', 'mode', 'rows', 'write']) settings[property] = now(property);
      const values = { settings, sample: sample.val(), dialect: database?.dialect };
      hl7Dialog
        .post('hl7-logger/own-table/preview', values, 20000)
        .done((answer) => {
          if (!isOpen() || mine !== asked) return;
          if (!sample.val().trim()) sample.val(String(answer.sample).replace(/\r\n?/g, '\n'));
          if (answer.ok) tell(show(node, answer));
          else refuse(String(answer.message));
        })
        .fail((request) => {
          if (!isOpen() || mine !== asked) return;
          refuse(node._(hl7Dialog.isForbidden(request) ? 'preview.forbidden' : 'preview.noAnswer'));
        });
    };
    return () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PATIENCE_MS);
    };
  }

  return { listed, fill, begin, judge, preview, length: () => rows().length };
})();
