import type { Sequelize } from 'sequelize';

interface Manager<C> {
  getConnection(options: object): Promise<C>;
  pool: { destroy(connection: C): Promise<void> };
}

/**
 * Takes a connection out of Sequelize's pool, for as long as it lives: its settings, its login and its TLS are those of
 * the others, and it does not return to them.
 * @returns the connection, and the function that releases it (never throws)
 */
export async function takeConnection<C>(sequelize: Sequelize): Promise<{ connection: C; release(): Promise<void> }> {
  const manager = sequelize.connectionManager as unknown as Manager<C>;
  const connection = await manager.getConnection({ type: 'write' });
  let released = false;
  return {
    connection,
    release: async () => {
      if (released) return;
      released = true;
      try {
        await manager.pool.destroy(connection);
      } catch {
        // It was gone already.
      }
    },
  };
}
