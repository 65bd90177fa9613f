import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';

/** A server that listens. */
export interface Listening {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

interface ClosableServer extends Server {
  readonly closeAllConnections?: () => void;
}

/** Listens on the loopback address. @param port 0 for any free one. */
export async function listen(server: ClosableServer, port: number): Promise<Listening> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: chosen } = server.address() as AddressInfo;
  return {
    port: chosen,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections?.();
      await closed;
    },
  };
}

/** Whether a server could listen on a port of the loopback address now. */
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
 * A free port for a server that can't take 0 and tell. It is looked for below the range from which the system takes
 * the ports of outgoing connections, for one of those could take it again before the server listens.
 */
export async function findFreePort(random: () => number): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 20_000 + Math.floor(random() * 12_000);
    if (await isPortFree(port)) return port;
  }
  throw new Error('no free port was found');
}
