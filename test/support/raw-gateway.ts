import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { createGateway, type Gateway, type GatewayOptions } from '../../functions/deliver/gateway.ts';
import { listen } from '../../local/listen.ts';

/** A client of a gateway with generous limits. */
export function clientOf(url: string, options: Partial<GatewayOptions> = {}): Gateway {
  return createGateway({
    url: new URL(url),
    format: 'form',
    connectTimeoutMs: 20_000,
    attemptTimeoutMs: 20_000,
    maxConnections: 10,
    ...options,
  });
}

/** Serves until the end of the test, and closes all connections then. */
export async function serveOn(server: Server) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  const { port, stop } = await listen(server, 0);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await stop();
  });
  return { url: `http://127.0.0.1:${String(port)}/pnm2`, port, sockets };
}

/** A gateway that answers as the listener does. */
export function serve(listener: RequestListener) {
  return serveOn(createHttpServer(listener));
}

/** A server that writes these bytes to every connection after its first data, and ends it or leaves it open. */
export async function serveRaw(bytes: string, { end }: { end: boolean }): Promise<string> {
  const { url } = await serveOn(
    createTcpServer((socket) => {
      socket.once('data', () => {
        if (end) socket.end(bytes);
        else socket.write(bytes);
      });
    }),
  );
  return url;
}
