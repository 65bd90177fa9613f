import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../local/listen.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import { deviceEvent, sendToDevices, type DevicesAnswer } from './devices.ts';

/** The function `devices` behind HTTP. @param secret what reports must be signed with. Absent: they need no signature. */
export async function startDevicesServer(registry: Registry, secret?: string) {
  const answers: DevicesAnswer[] = [];
  const server = createServer((request, response) => {
    const serve = async () => {
      const [path = '', query = ''] = (request.url ?? '').split('?');
      const body = await text(request);
      const event = deviceEvent({ path, query, method: request.method ?? '', body, atMs: Date.now() });
      const answer = await sendToDevices(registry, event, { signing: secret === undefined ? 'open' : [secret] });
      answers.push(answer);
      response.writeHead(answer.status ?? 500, answer.headers as Record<string, string>);
      response.end(JSON.stringify(answer.body));
    };
    serve().catch(() => response.destroy());
  });
  const { port, stop } = await listen(server, 0);
  return { devicesUrl: `http://127.0.0.1:${String(port)}/devices`, answers, stop };
}
