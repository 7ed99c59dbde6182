// What the edit dialogs share. Every dialog that uses it loads it itself, as one of them may be loaded alone: it runs
// more than once, and the last time leaves what the first one did. The editor runs the scripts of a dialog in any order,
// before its definition: none of them may need another one until a dialog is opened or a node is judged.
window.hl7Dialog = (() => {
  function isForbidden(request) {
    return request.status === 401 || request.status === 403;
  }

  /** Why Node-RED did not do what it was asked for. */
  function refusal(node, request) {
    return node._(isForbidden(request) ? 'test.forbidden' : 'test.noAnswer');
  }

  /** What an endpoint says, with the code of its error. */
  function told({ message, code }) {
    return code ? `${message} (${code})` : String(message);
  }

  /** @param timeout milliseconds; without one as long as the browser waits */
  function post(url, values, timeout = 0) {
    const data = JSON.stringify(values);
    return $.ajax({ url, type: 'POST', timeout, contentType: 'application/json; charset=utf-8', data });
  }

  return {
    isForbidden,
    refusal,
    told,
    post,

    /** What the editor says of a configuration node that is chosen where none has to be. */
    chosen(id, opt) {
      const config = RED.nodes.node(id);
      if (!config) return RED._('validator.errors.missing-config', { prop: opt.label });
      return config.valid === false ? RED._('validator.errors.invalid-config', { prop: opt.label }) : true;
    },

    /**
     * Makes a function of node and property that gives the value as it stands in the open dialog of this node, else as it
     * was saved, else the default.
     * @param dialog the dialog's selector; its data say whose it is
     * @param prefix of the ids of its fields
     */
    now: (dialog, prefix) => (node, property) => {
      const field = $(dialog).data('node') === node.id ? $(`#${prefix}-${property}`) : $();
      if (field.length === 0) return node[property] ?? node._def.defaults[property]?.value;
      return field.is(':checkbox') ? field.prop('checked') : field.val();
    },

    /**
     * Folding sections, whose lines say how things stand inside.
     * @param states a text of each section, by `data-section`
     * @returns what writes them anew
     */
    sections(dialog, states) {
      const all = dialog.children('details');
      // The editor marks invalid fields after oneditprepare: none of them may stay hidden in a folded section.
      setTimeout(() => all.has('.input-error').prop('open', true), 100);
      return () => {
        all.each((_, one) => {
          $(one).find('.hl7-state').text(states[$(one).attr('data-section')]());
        });
      };
    },

    /** A button that has Node-RED try something out, and the line that says what came of it. */
    trial(node, { button, result, url, values, timeout }) {
      const show = (kind, text) => result.removeClass('hl7-good hl7-bad').addClass(kind).text(text);
      button.on('click', () => {
        button.prop('disabled', true);
        show('', node._('test.running'));
        post(url, values(), timeout)
          .done((answer) => show(answer.ok ? 'hl7-good' : 'hl7-bad', told(answer)))
          .fail((request) => show('hl7-bad', refusal(node, request)))
          .always(() => button.prop('disabled', false));
      });
    },
  };
})();
