import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createAccept } from '../../functions/accept/handler.ts';
import { createApiKey, parseApiKeys } from '../../shared/api-key.ts';
import type { QueuedPush } from '../../shared/push/queued-push.ts';
import type { RegisteredDevice } from '../../shared/registry/device.ts';
import { listen } from '../../local/listen.ts';
import { acceptDependencies } from './accept.ts';
import { httpEvent } from './http-event.ts';
import { lambdaContext } from './lambda-context.ts';

export interface IntakeServer {
  readonly url: string;
  readonly key: string;
  readonly queued: readonly QueuedPush[];
  /** The status of each answer. */
  readonly statuses: readonly (number | undefined)[];
  readonly stop: () => Promise<void>;
}

export interface IntakeServerOptions {
  /** Whether the queue refuses a push. `offers` is how often the push was offered to it before. */
  readonly queueRefuses?: (queued: QueuedPush, offers: number) => boolean;
  /** The accounts with devices. */
  readonly devices?: readonly RegisteredDevice[];
  /** The number of connections that send JSON and are closed without an answer. */
  readonly cutJson?: number;
}

/** An intake behind HTTP that requires the API key of the client `backend`. */
export async function startIntakeServer(options: IntakeServerOptions = {}): Promise<IntakeServer> {
  const { queueRefuses = () => false, devices = [], cutJson = 0 } = options;
  const { key, entry } = createApiKey('backend', []);
  const reading = parseApiKeys(entry);
  if (!reading.ok) throw new Error(reading.faults.join());
  const queued: QueuedPush[] = [];
  const statuses: (number | undefined)[] = [];
  const offers = new Map<string, number>();
  const offer = (one: QueuedPush): string | undefined => {
    const name = JSON.stringify(one.push.parameters);
    const before = offers.get(name) ?? 0;
    offers.set(name, before + 1);
    return queueRefuses(one, before) ? undefined : `id ${String(queued.push(one))}`;
  };
  const enqueue = (one: QueuedPush) => {
    const id = offer(one);
    return id === undefined ? Promise.reject(new Error('the queue refuses it')) : Promise.resolve(id);
  };
  const accept = createAccept(
    acceptDependencies(enqueue, {
      enqueueBatch: (pushes) => {
        const ids = pushes.map((one) => [one, offer(one)] as const);
        return Promise.resolve({ ids: new Map(ids.flatMap(([one, id]) => (id === undefined ? [] : [[one, id]]))) });
      },
      devicesOf: (name) => Promise.resolve(devices.filter(({ account }) => account === name)),
      access: reading.keys,
      retryAfterSeconds: 1,
    }),
  );
  let cut = 0;
  const server = createServer((request, response) => {
    const serve = async () => {
      const bytes = await buffer(request);
      const headers = Object.fromEntries(
        Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
      );
      // As API Gateway does: JSON as text, a form as base64.
      const isJson = headers['content-type']?.startsWith('application/json') ?? false;
      if (isJson && cut++ < cutJson) {
        response.destroy();
        return;
      }
      const body = isJson ? bytes.toString() : bytes;
      const answer = await accept(httpEvent({ method: request.method ?? '', headers, body }), lambdaContext());
      statuses.push(answer.statusCode);
      response.writeHead(answer.statusCode ?? 500, answer.headers as Record<string, string>).end(answer.body);
      await once(response, 'close');
    };
    serve().catch(() => response.destroy());
  });
  const { port, stop } = await listen(server, 0);
  return { url: `http://127.0.0.1:${String(port)}`, key, queued, statuses, stop };
}
