import { Hl7Error } from '../../../errors';

/** Loads a driver that is needed only now. Throws `STORE_DRIVER_MISSING`, naming the line to type. */
export async function loadDriver<T>(name: string, load: () => Promise<unknown>): Promise<T> {
  try {
    const loaded = (await load()) as { default?: unknown };
    return (loaded.default ?? loaded) as T;
  } catch (cause) {
    const text = `The driver ${name} is not installed. Type in the Node-RED user folder: npm install ${name}`;
    throw new Hl7Error('STORE_DRIVER_MISSING', text, { cause });
  }
}
