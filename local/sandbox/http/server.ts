import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { streamSSE } from 'hono/streaming';
import { listen } from '../../listen.ts';
import type { ApiProblem } from '../api.ts';
import { refusalOf } from '../foreign.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Live } from './live.ts';
import { pageFiles } from './page-files.ts';
import type { Pushes } from '../pushes.ts';

export interface ServerOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly gateway: Pick<Gateway, 'attempts' | 'forget'>;
  readonly pushes: Pick<Pushes, 'changedSince' | 'detail' | 'forget'>;
  readonly live: Live;
  /** The parts of the API that have a file of their own. */
  readonly parts?: readonly Hono[];
}

/** Starts the page of the sandbox and its API, on the loopback address. */
export async function startServer({ port, gateway, pushes, live, parts = [] }: ServerOptions) {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(refuseOthers);
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) =>
        c.json(problem(`The method must be ${methods.join(' or ')}, not ${c.req.method}.`), 405, {
          allow: methods.join(', '),
        }),
    }),
  );
  app.onError((error, c) => c.json(problem(error.message), error instanceof HTTPException ? error.status : 500));
  app.notFound((c) => c.json(problem(`There is no ${c.req.method} ${c.req.path}: see docs/sandbox.md.`), 404));

  app.get('/attempts', (c) => c.json(gateway.attempts()));
  app.delete('/attempts', (c) => {
    gateway.forget();
    return c.body(null, 204);
  });
  app.get('/pushes', (c) => c.json(pushes.changedSince(0)));
  app.delete('/pushes', (c) => {
    pushes.forget();
    live.restart();
    return c.body(null, 204);
  });
  app.get('/pushes/:id', (c) => {
    const push = pushes.detail(c.req.param('id'));
    return push === undefined ? c.json(problem(`The sandbox has no push ${c.req.param('id')}.`), 404) : c.json(push);
  });
  app.get('/events', (c) =>
    streamSSE(c, async (stream) => {
      const closed = new AbortController();
      stream.onAbort(() => {
        closed.abort();
      });
      for await (const event of live.events(c.req.header('last-event-id'), closed.signal)) await stream.writeSSE(event);
    }),
  );
  for (const part of parts) app.route('/', part);
  app.route('/', await pageFiles());
  return listen(createAdaptorServer({ fetch: app.fetch }), port);
}

const refuseOthers: MiddlewareHandler<{ Bindings: HttpBindings }> = async (c, next) => {
  const refusal = refusalOf(c.req.header('host'), c.req.header('origin'), c.env.incoming.socket.localPort);
  return refusal === undefined ? next() : c.json(problem(refusal), 403);
};

function problem(error: string): ApiProblem {
  return { error };
}
