import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { formats } from '../../../functions/deliver/format.ts';
import { useDelivery } from '../../support/deliver.ts';
import { parametersWith } from '../../support/pushes.ts';
import { clientOf, serve } from '../../support/raw-gateway.ts';
import { recordOf } from '../../support/sqs-event.ts';

const { encode } = formats.json;

/** A gateway that answers with what it received. */
const serveEcho = () =>
  serve((request, response) => {
    text(request).then(
      (body) => {
        const { method, url: path, headers } = request;
        response.end(JSON.stringify({ method, path, headers, body }));
      },
      () => response.destroy(),
    );
  });

describe('a push to the newer gateway', () => {
  it('is posted as JSON to /send below the address, with its length in bytes', async () => {
    const { url } = await serveEcho();
    const sent = encode(parametersWith({ Message: 'Grüße 😀', Badge: '3' }));
    const { status, body } = await clientOf(`${url}?tenant=1`, { format: 'json' }).post(sent);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      method: 'POST',
      path: '/pnm2/send?tenant=1',
      headers: {
        host: new URL(url).host,
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(sent)),
        accept: '*/*',
        connection: 'keep-alive',
      },
      body: sent,
    });
    expect(JSON.parse(sent)).toMatchObject({ Message: 'Grüße 😀', Badge: 3 });
  });
});

describe('pushes of a batch to the newer gateway', () => {
  const { deliver } = useDelivery();

  it('share an attempt if they are identical', async () => {
    const bodies: string[] = [];
    const gateway = {
      post(body: string) {
        bodies.push(body);
        return Promise.resolve({ status: 200, body: '{"code":200,"response":"OK"}' });
      },
    };
    const records = [{}, {}, { Badge: '2' }].map((parameters) => recordOf(parameters));
    expect(await deliver(records, { gateway, encode })).toMatchObject({ failed: [] });
    expect(bodies.toSorted()).toEqual([encode(parametersWith({ Badge: '2' })), encode(parametersWith())].toSorted());
  });
});
