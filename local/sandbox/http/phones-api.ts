import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import * as v from 'valibot';
import { deviceBounds } from '../../../shared/registry/device.ts';
import type { PhoneAccount, RegistryAnswer, ShownPhone } from '../api.ts';
import { bodyOf } from './body.ts';
import { otherGatewayWords } from './other-gateway.ts';
import type { AppValues, PhoneApp } from '../phone-app.ts';
import type { Phones } from '../phones.ts';
import { isAccepted } from '../gateway/wire.ts';

export interface PhonesApiOptions {
  readonly phones: Phones;
  readonly app: PhoneApp;
  /** Whether the relay posts to the sandbox's gateway. */
  readonly isSandboxed: boolean;
  /** For the values that a new phone is given. */
  readonly random: () => number;
}

/** What a value of the body must be. The registry judges the rest. */
const text = (characters: number) => {
  const message = `must be a text of 1 to ${String(characters)} characters`;
  return v.optional(v.pipe(v.string(message), v.minLength(1, message), v.maxLength(characters, message)));
};
const newPhone = v.strictObject({
  account: text(deviceBounds.account),
  selector: text(deviceBounds.selector),
  appId: text(deviceBounds.appId),
  deviceToken: text(deviceBounds.deviceToken),
});
const change = v.strictObject({ isDead: v.boolean('must be true or false') });

/** `/phones`: the phones, and what can be done with them. */
export function phonesApi({ phones, app, isSandboxed, random }: PhonesApiOptions): Hono {
  const routes = new Hono();
  const known = (phone: ShownPhone | undefined): ShownPhone => {
    if (phone === undefined)
      throw new HTTPException(404, { message: 'The sandbox has no such phone: see GET /phones.' });
    return phone;
  };
  const loggedIn = ({ account }: ShownPhone): PhoneAccount => {
    if (account?.isLoggedIn === true) return account;
    const message = 'The phone has no account: give it one with POST /phones, its appId and its deviceToken.';
    throw new HTTPException(409, { message });
  };
  /** Has the app of a phone call the registry, and keeps the answer. */
  const call = async (phone: ShownPhone, to: RegistryAnswer['to']): Promise<ShownPhone> => {
    const { account, selector } = loggedIn(phone);
    const answer = await ask(to, { ...phone, account, selector });
    const isLoggedIn = to === 'report' || !isAccepted(answer.status);
    const called = phones.add(phone, { account, selector, isLoggedIn, answer });
    return taken(answer, called);
  };
  const ask = (to: RegistryAnswer['to'], values: AppValues) =>
    app(to, values).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new HTTPException(502, { message: `The registry does not answer (${why}): is the local stack ready?` });
    });

  routes.get('/phones', (c) => c.json(phones.changedSince(0)));
  routes.post('/phones', async (c) => {
    const { account, ...given } = await bodyOf(c, newPhone);
    const appId = given.appId ?? 'com.example.softphone';
    const deviceToken = given.deviceToken ?? madeUp(alphanumeric, 22, random);
    if (account === undefined) {
      if (given.selector === undefined) return c.json(phones.add({ appId, deviceToken }), 201);
      throw new HTTPException(400, { message: 'selector belongs to an account: send account too.' });
    }
    const selector = given.selector ?? `${madeUp(hexadecimal, 40, random)}:${madeUp(hexadecimal, 8, random)}`;
    const answer = await ask('report', { account, selector, appId, deviceToken });
    if (!isAccepted(answer.status)) throw refusal(answer);
    return c.json(phones.add({ appId, deviceToken }, { account, selector, isLoggedIn: true, answer }), 201);
  });
  routes.delete('/phones', (c) => {
    phones.forgetAll();
    return c.body(null, 204);
  });
  routes.put('/phones/:id', async (c) => {
    const { isDead } = await bodyOf(c, change);
    if (!isSandboxed) throw new HTTPException(409, { message: otherGatewayWords('mark a phone dead') });
    return c.json(known(phones.mark(c.req.param('id'), isDead)));
  });
  routes.post('/phones/:id/restart', async (c) => c.json(await call(known(phones.find(c.req.param('id'))), 'report')));
  routes.post('/phones/:id/log-out', async (c) => c.json(await call(known(phones.find(c.req.param('id'))), 'removal')));
  routes.delete('/phones/:id', (c) => {
    const id = c.req.param('id');
    known(phones.find(id));
    phones.forget(id);
    return c.body(null, 204);
  });
  return routes;
}

function taken(answer: RegistryAnswer, phone: ShownPhone): ShownPhone {
  if (isAccepted(answer.status)) return phone;
  throw refusal(answer);
}

function refusal({ to, status, body }: RegistryAnswer): HTTPException {
  const problem = v.safeParse(v.pipe(v.string(), v.parseJson(), v.object({ detail: v.string() })), body);
  const why = problem.success ? problem.output.detail : body;
  const message = `The registry refused the ${to} with ${String(status)}: ${why}`;
  return new HTTPException(status >= 400 && status < 500 ? 400 : 502, { message });
}

const hexadecimal = '0123456789ABCDEF';
const alphanumeric = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function madeUp(alphabet: string, characters: number, random: () => number): string {
  const one = () => alphabet[Math.floor(random() * alphabet.length)] ?? '';
  return Array.from({ length: characters }, one).join('');
}
