/**
 * A subscriber of the topic `outcomes` that removes dead tokens from a table of devices. It runs on Node 24, behind a
 * proxy that speaks HTTPS:
 *
 *     TOPIC_ARN=ARN DATABASE=devices.db PORT=8080 node remove-dead-tokens.ts
 *
 * With the local stack: docs/outcomes.md.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { readSnsMessage } from './sns-message.ts';

const { TOPIC_ARN = '', DATABASE = 'devices.db', PORT = '8080', LOCAL_STACK } = process.env;
const isTrusted = LOCAL_STACK === 'true' ? ({ hostname }: URL) => hostname === '127.0.0.1' : undefined;

const database = new DatabaseSync(DATABASE);
database.exec(`CREATE TABLE IF NOT EXISTS devices (
  account TEXT NOT NULL,
  app_id TEXT NOT NULL,
  device_token TEXT NOT NULL,
  registered_at TEXT NOT NULL, -- ISO 8601 in UTC, like the times of an event, so that they compare as texts
  PRIMARY KEY (account, app_id, device_token)
)`);
// The event may tell of a push from before the token was registered again: such a device is alive.
const remove = database.prepare('DELETE FROM devices WHERE app_id = ? AND device_token = ? AND registered_at < ?');

/** The parts of an event that this program reads: docs/outcome-event.schema.json. */
interface OutcomeEvent {
  readonly version: number;
  readonly id: string;
  readonly reason?: string;
  readonly confirmed?: boolean;
  readonly acceptedAt: string;
  readonly push?: { readonly appId: string; readonly deviceToken: string };
}

function handle({ version, id, reason, confirmed, acceptedAt, push }: OutcomeEvent): void {
  // An event that comes twice does no harm: nothing is left to remove.
  if (version !== 1 || reason !== 'unregistered' || push === undefined) return;
  if (confirmed !== true) {
    // Perhaps the address of the gateway is wrong, and every device looks dead.
    console.log(`push ${id}: not confirmed`);
    return;
  }
  const { changes } = remove.run(push.appId, push.deviceToken, acceptedAt);
  console.log(`push ${id}: removed ${String(changes)}`);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > 1_000_000) throw new Error('the body is larger than any message of SNS');
  }
  return body;
}

async function answer(request: IncomingMessage): Promise<number> {
  const message = await readSnsMessage(await bodyOf(request), TOPIC_ARN, isTrusted);
  if (message.Type === 'Notification') {
    handle(JSON.parse(message.Message) as OutcomeEvent);
  } else if (message.Type === 'SubscriptionConfirmation' && message.SubscribeURL !== undefined) {
    const { ok, status } = await fetch(message.SubscribeURL);
    console.log(ok ? 'the subscription is confirmed' : `the subscription is not confirmed: ${String(status)}`);
    if (!ok) return 500;
  }
  return 200;
}

createServer((request, response) => {
  answer(request)
    .catch((error: unknown) => {
      // Not a 4xx, after which SNS drops the message: perhaps only its certificate could not be fetched.
      console.error('not taken:', String(error));
      return 500;
    })
    .then((status) => response.writeHead(status).end())
    .catch(console.error);
}).listen(Number(PORT), () => {
  console.log(`listening on port ${PORT}`);
});
