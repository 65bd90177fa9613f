import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomForm } from './events.ts';

/** An intake and the gateway behind it. */
export interface Watched {
  readonly pushUrl: URL;
  /** Which devices got a push since this was last asked, and when, in milliseconds since the epoch. */
  readonly arrivals: () => Promise<readonly (readonly [deviceToken: string, at: number])[]>;
}

export interface Offered {
  /** From when a push was due until the intake answered 202. */
  readonly acceptedMs: readonly number[];
  /** From then until the gateway had it. */
  readonly deliveredMs: readonly number[];
  readonly deliveredPerSecond: number;
  /** Answers that were no 202. */
  readonly refused: number;
}

/** Nothing has come for so long: what is still missing will not come. */
const patienceMs = 10_000;

/** Sends pushes at even times, whatever their answers take, and waits until all that were accepted are delivered. */
export async function offer({ pushUrl, arrivals }: Watched, perSecond: number, seconds: number): Promise<Offered> {
  const agent = new Agent({ keepAlive: true, maxSockets: 500 });
  const count = Math.max(1, Math.round(perSecond * seconds));
  const dueAt = new Map<string, number>();
  const acceptedMs: number[] = [];
  let refused = 0;
  const startedAt = Date.now();
  const answers: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const due = startedAt + (index * 1000) / perSecond;
    const early = due - Date.now();
    if (early > 1) await sleep(early);
    const form = randomForm();
    const token = new URLSearchParams(form).get('DeviceToken') ?? '';
    const answer = post(pushUrl, form, agent).then((status) => {
      if (status !== 202) refused += 1;
      else {
        acceptedMs.push(Date.now() - due);
        dueAt.set(token, due);
      }
    });
    answers.push(answer);
  }
  await Promise.all(answers);

  const deliveredMs: number[] = [];
  let last = Date.now();
  let lastArrivalAt = startedAt;
  while (deliveredMs.length < acceptedMs.length && Date.now() - last < patienceMs) {
    for (const [token, at] of await arrivals()) {
      const due = dueAt.get(token);
      if (due === undefined) continue;
      deliveredMs.push(at - due);
      lastArrivalAt = Math.max(lastArrivalAt, at);
      last = Date.now();
    }
    await sleep(20);
  }
  agent.destroy();
  const deliveredPerSecond = (deliveredMs.length * 1000) / Math.max(1, lastArrivalAt - startedAt);
  return { acceptedMs, deliveredMs, deliveredPerSecond, refused };
}

function post(url: URL, form: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length };
    request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    })
      .on('error', reject)
      .end(form);
  });
}
