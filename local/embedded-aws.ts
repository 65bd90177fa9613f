import { Server } from 'node:net';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import { localRegion } from '../shared/local-stack.ts';

/** SQS and S3 in this process, on the loopback address. @param port 0 for any free one. */
export async function startEmbeddedAws(port: number): Promise<FauxqsServer> {
  // fauxqs listens on every address of the machine and has no option for it; messages with device tokens
  // must not be there for the whole network to read. So its address is changed on the way to the system.
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is bound again by apply
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...options: unknown[]): Server {
    const [first, ...rest] = options;
    const onLoopback = isEveryAddress(first) ? [{ ...first, host: '127.0.0.1' }, ...rest] : options;
    return Reflect.apply(listen, this, onLoopback) as Server;
  };
  try {
    return await startFauxqs({ port, logger: false, defaultRegion: localRegion, messageSpies: true });
  } finally {
    Server.prototype.listen = listen;
  }
}

function isEveryAddress(options: unknown): options is { readonly host: '0.0.0.0' } {
  return typeof options === 'object' && options !== null && 'host' in options && options.host === '0.0.0.0';
}
