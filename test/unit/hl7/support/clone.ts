import { createRequire } from 'node:module';

// The copy that Node-RED clones messages with.
const fromNodeRed = createRequire(require.resolve('node-red/package.json'));
const fromUtil = createRequire(fromNodeRed.resolve('@node-red/util'));

/** As Node-RED clones a message that goes to more than one wire. */
export const cloneDeep = fromUtil('lodash.clonedeep') as <T>(value: T) => T;
