import * as v from 'valibot';
import { exitCodes, UsageError, type CliContext, type ExitCode } from '../cli-context.ts';
import { formatDuration } from '../time.ts';

/** The push to send, and where to. */
export interface SmokeOptions {
  readonly url: URL;
  readonly key?: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
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
  { url, key, parameters, timeoutMs }: SmokeOptions,
  follow: Follow | undefined,
  { stdout, stderr, interrupted, now }: CliContext,
): Promise<ExitCode> {
  const id = await send(url, key, parameters, interrupted);
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

/** The answer of an intake. */
export interface IntakeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Posts a form. @throws UsageError if there is no answer. */
export async function post(
  url: URL,
  key: string | undefined,
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IntakeAnswer> {
  const headers = key === undefined ? {} : { 'x-api-key': key };
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(parameters),
      headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new UsageError(`Nothing answers at ${url.href} (${cause}): check --url.`);
  }
}

/** Returns the id of the push. */
async function send(
  url: URL,
  key: string | undefined,
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const { status, text } = await post(url, key, parameters, signal);
  const success = v.safeParse(accepted, text);
  if (status === 202 && success.success) return success.output.id;
  const failure = v.safeParse(problem, text);
  const detail = failure.success ? failure.output.detail : text.slice(0, 200);
  const remedy = remedies[status] ?? '';
  throw new UsageError(`Not accepted, status ${String(status)}: ${detail} ${remedy}`.trim());
}
