import { OpenFailed } from '../../open-failure';

/** A driver that cannot be loaded: Node-RED must be started again for one that is installed now. */
export function driverMissing(what: string, name: string, cause: unknown): OpenFailed {
  const todo = `Type in the Node-RED user folder: npm install ${name}, and start Node-RED again.`;
  return new OpenFailed(
    { why: 'driver', text: `${what}. ${todo}` },
    { code: 'STORE_DRIVER_MISSING', cause, final: true },
  );
}

/** Loads a driver that is needed only now. Throws `STORE_DRIVER_MISSING`, naming the line to type. */
export async function loadDriver<T>(name: string, load: () => Promise<unknown>): Promise<T> {
  try {
    const loaded = (await load()) as { default?: unknown };
    return (loaded.default ?? loaded) as T;
  } catch (cause) {
    throw driverMissing(`The driver ${name} is not installed`, name, cause);
  }
}
