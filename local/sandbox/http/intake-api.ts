import { Hono } from 'hono';
import { proxy } from 'hono/proxy';
import type { ApiProblem } from '../api.ts';

/** What the intake reads of a request, besides its method and body. */
const forwardedHeaders = ['content-type', 'content-encoding', 'x-api-key', 'authorization', 'ttl', 'idempotency-key'];

/**
 * Passes requests to `/intake/pnm2` and `/intake/pnm2/send` on to the intake, and its answers back, as they are: the page
 * may not ask another origin. @param pushUrl of the intake.
 */
export function intakeApi(pushUrl: string): Hono {
  const app = new Hono();
  for (const path of ['', '/send']) {
    app.all(`/intake/pnm2${path}`, async (c) => {
      const { method, signal } = c.req.raw;
      const headers = Object.fromEntries(forwardedHeaders.map((name) => [name, c.req.header(name)]));
      const body = method === 'GET' || method === 'HEAD' ? null : await c.req.arrayBuffer();
      try {
        return await proxy(`${pushUrl}${path}`, { method, headers, body, signal, redirect: 'manual' });
      } catch {
        const error = `The intake ${pushUrl} does not answer: wait until npm start is ready, or start it again.`;
        return c.json({ error } satisfies ApiProblem, 503);
      }
    });
  }
  return app;
}
