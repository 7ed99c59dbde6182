import { isAbsolute, resolve } from 'node:path';
import type { NodeAPI, NodeDef } from 'node-red';
import { Hl7Error } from './lib/errors';
import { Keeper } from './lib/store/keeper';
import type { DatabaseNode } from './shared/database-node';
import { textOf } from './shared/settings';

interface Config extends NodeDef {
  dialect: string;
  file: string;
}

export = (RED: NodeAPI): void => {
  const userDir = (): string => RED.settings.userDir ?? process.cwd();
  const fileOf = (value: unknown): string => {
    const file = textOf(value, 'hl7-log.sqlite');
    // What is no file is left for the store to refuse.
    return isAbsolute(file) || /^(:memory:|file:)/.test(file) ? file : resolve(userDir(), file);
  };

  function Database(this: DatabaseNode, config: Config): void {
    RED.nodes.createNode(this, config);
    const keeper = new Keeper({ dialect: 'sqlite', file: fileOf(config.file) });
    keeper.watch((state) => {
      if (state.available) this.log(state.text);
      else if (!state.opening) this.warn(state.text);
    });
    keeper.open();
    this.store = () => keeper.store();
    this.watch = (listener) => keeper.watch(listener);
    this.on('close', (done: () => void) => {
      keeper.close().then(done, done);
    });
  }
  RED.nodes.registerType('hl7-database', Database as never);

  RED.httpAdmin.post('/hl7-logger/database/test', RED.auth.needsPermission('hl7-logger.write'), (request, response) => {
    const { dialect, file } = (request.body ?? {}) as Partial<Config>;
    Keeper.test({ dialect: (dialect ?? 'sqlite') as 'sqlite', file: fileOf(file) }).then(
      (message) => response.json({ ok: true, message }),
      (error: unknown) => {
        const { code, message } =
          error instanceof Hl7Error
            ? error
            : { code: 'STORE_OPEN_FAILED', message: 'The database could not be opened.' };
        response.json({ ok: false, code, message });
      },
    );
  });
};
