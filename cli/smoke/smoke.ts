import * as v from 'valibot';
import { formatDuration } from '../../shared/duration.ts';
import { exitCodes, UsageError, type CliContext, type ExitCode } from '../cli-context.ts';

/** The push to send, and where to. */
interface SmokeOptions {
  readonly url: URL;
  readonly key?: string | undefined;
  readonly parameters: Record<string, string>;
  readonly timeoutMs: number;
}

/** Where an accepted push is, and how that is known. `unclear`: it may be delivered, or it may still wait. */
export interface PushState {
  readonly kind: 'waiting' | 'unclear' | 'delivered' | 'undeliverable';
  readonly detail: string;
}

/** Finds out where an accepted push is. @param isLast whether this is the last time, so that nothing may be left out. */
export type Follow = (id: string, isLast: boolean) => Promise<PushState>;

const json = v.pipe(v.string(), v.parseJson());
const accepted = v.pipe(json, v.object({ id: v.string() }));
const problem = v.pipe(json, v.object({ detail: v.string() }));

const pollMs = 500;

/** An HTTP API answers within 30 seconds. */
const answerMs = 30_000;

const remedies: Readonly<Record<number, string>> = {
  401: 'Pass a key of this deployment with --key.',
  404: 'Check --url: it must end in /pnm2.',
};

/**
 * Sends one push and follows it until it is delivered or given up.
 * @param follow absent if the push is not to be followed.
 * @returns `ok` if the push was delivered, or accepted if it is not followed.
 * @throws UsageError if the push is not accepted.
 */
export async function smoke(
  options: SmokeOptions,
  follow: Follow | undefined,
  { stdout, stderr, interrupted, now }: CliContext,
): Promise<ExitCode> {
  const { timeoutMs } = options;
  const id = await send(options, interrupted);
  stdout.write(`accepted ${id}\n`);
  if (follow === undefined) {
    stderr.write('The push was not followed: pass --stage NAME, --local or --sandbox URL to follow it.\n');
    return exitCodes.ok;
  }
  const startedAt = now();
  for (;;) {
    const isLast = now() - startedAt >= timeoutMs;
    const { kind, detail } = await follow(id, isLast);
    if (kind === 'delivered' || kind === 'undeliverable') {
      stdout.write(`${kind} ${id}: ${detail}\n`);
      return kind === 'delivered' ? exitCodes.ok : exitCodes.failed;
    }
    if (interrupted.aborted) return exitCodes.interrupted;
    if (isLast) {
      stdout.write(`${kind} ${id}: after ${formatDuration(timeoutMs)}, ${detail}\n`);
      return kind === 'waiting' ? exitCodes.failed : exitCodes.unclear;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Returns the id of the push. */
async function send({ url, key, parameters }: SmokeOptions, signal: AbortSignal): Promise<string> {
  const { status, text } = await post(url, key, parameters, signal);
  const success = v.safeParse(accepted, text);
  if (status === 202 && success.success) return success.output.id;
  const failure = v.safeParse(problem, text);
  const detail = failure.success ? failure.output.detail : text.slice(0, 200);
  const remedy = remedies[status] ?? '';
  throw new UsageError(`Not accepted, status ${String(status)}: ${detail} ${remedy}`.trim());
}

/**
 * Checks that an intake refuses requests without a valid key, and prints how. They contain no push, so that none can be
 * sent.
 */
export async function checkAccess(url: URL, { stdout, interrupted }: CliContext): Promise<boolean> {
  const withoutKey = await post(url, undefined, {}, interrupted);
  const withWrongKey = await post(url, 'a wrong key', {}, interrupted);
  const print = (title: string, status: number, remark: string) => {
    const isRefused = status === 401;
    stdout.write(
      `${isRefused ? 'ok' : 'failed'} ${title}: ${String(status)}${isRefused ? remark : ' instead of 401'}\n`,
    );
    return isRefused;
  };
  const areRefused = [
    print('without a key', withoutKey.status, `, ${describeChallenge(withoutKey.headers)}`),
    print('with a wrong key', withWrongKey.status, ''),
  ];
  return areRefused.every(Boolean);
}

function describeChallenge(headers: Headers): string {
  if (headers.has('www-authenticate')) return 'with WWW-Authenticate';
  // API Gateway renames some headers of a function's answer.
  const renamed = 'x-amzn-remapped-www-authenticate';
  const found = headers.has(renamed) ? `with ${renamed} instead of WWW-Authenticate` : 'without WWW-Authenticate';
  return `${found}: clients that wait for a challenge, such as wget with the key in the address, need --auth-no-challenge`;
}

/** Posts a form. @throws UsageError if there is no answer. */
async function post(url: URL, key: string | undefined, parameters: Record<string, string>, signal: AbortSignal) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(parameters),
      headers: key === undefined ? {} : { 'x-api-key': key },
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new UsageError(`Nothing answers at ${url.href} (${cause}): check --url.`);
  }
}
