import { Hono } from 'hono';
import type { ApiProblem } from '../api.ts';
import { readChange, well } from '../gateway/behaviour.ts';
import { textOf } from './body.ts';
import { otherGatewayWords } from './other-gateway.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { tokenWords } from '../gateway/token-words.ts';

/**
 * The part of the API that switches how the gateway behaves.
 * @param isSandboxed whether the relay posts to the sandbox's gateway.
 */
export function behaviourApi(gateway: Pick<Gateway, 'behaviour' | 'change'>, isSandboxed: boolean): Hono {
  const app = new Hono();
  app.get('/token-words', (c) => c.json(tokenWords));
  app.use('/behaviour', async (c, next) => {
    if (isSandboxed) return next();
    return c.json({ error: otherGatewayWords('switch the behaviour') } satisfies ApiProblem, 409);
  });
  app.get('/behaviour', (c) => c.json(gateway.behaviour()));
  app.put('/behaviour', async (c) => {
    const reading = readChange(await textOf(c));
    if (!reading.ok) return c.json({ error: reading.error } satisfies ApiProblem, 400);
    await gateway.change(reading.value);
    return c.json(gateway.behaviour());
  });
  app.delete('/behaviour', async (c) => {
    await gateway.change(well);
    return c.body(null, 204);
  });
  return app;
}
