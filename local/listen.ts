import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';

export interface Listening {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

interface ClosableServer extends Server {
  readonly closeAllConnections?: () => void;
}

/** Listens on the loopback address. @param port 0 for any free port. */
export async function listen(server: ClosableServer, port: number): Promise<Listening> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections?.();
      await closed;
    },
  };
}

/** Whether a server can listen on this port of the loopback address now. */
export async function isPortFree(port: number): Promise<boolean> {
  try {
    const { stop } = await listen(createTcpServer(), port);
    await stop();
    return true;
  } catch {
    return false;
  }
}

/**
 * A free port for a server that cannot choose one itself. It is below the range of outgoing connections, because one of
 * those could take it before the server listens.
 */
export async function findFreePort(random: () => number): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 20_000 + Math.floor(random() * 12_000);
    if (await isPortFree(port)) return port;
  }
  throw new Error('No port from 20000 to 31999 is free.');
}
