import * as v from 'valibot';
import { formatDuration } from '../duration.ts';
import { Mistake } from '../mistake.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Whereabouts } from './follow.ts';

/** The push that is sent, and where. */
export interface SmokeOptions {
  readonly url: URL;
  readonly key?: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Finds out where a push is that was accepted. */
export type Follow = (id: string) => Promise<Whereabouts>;

const accepted = v.object({ id: v.string() });
const problem = v.object({ detail: v.string() });

/** How often it is asked where the push is. */
const askEveryMs = 500;

/**
 * Sends one push and follows it to its end.
 * @param follow absent where nobody can look.
 * @returns whether all went well.
 * @throws Mistake where the push is not accepted.
 */
export async function smoke(
  { url, key, parameters, timeoutMs }: SmokeOptions,
  follow: Follow | undefined,
  { stdout, stderr, interrupted, now }: Surroundings,
): Promise<boolean> {
  const id = await send(url, key, parameters, interrupted);
  stdout.write(`accepted ${id}\n`);
  if (follow === undefined) {
    stderr.write('It was not followed: say --stage NAME, --local, or --sandbox URL to see where it goes.\n');
    return true;
  }
  const startedAt = now();
  for (;;) {
    const whereabouts = await follow(id);
    switch (whereabouts.kind) {
      case 'delivered':
        stdout.write(`delivered ${id}: ${whereabouts.how}\n`);
        return true;
      case 'undeliverable':
        stdout.write(`undeliverable ${id}: ${whereabouts.why}\n`);
        return false;
      case 'waiting':
        break;
      default:
        whereabouts satisfies never;
    }
    if (interrupted.aborted) return false;
    if (now() - startedAt > timeoutMs) {
      stdout.write(`waiting ${id}: after ${formatDuration(timeoutMs)} it is neither delivered nor a dead letter\n`);
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}

async function send(
  url: URL,
  key: string | undefined,
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const headers = key === undefined ? {} : { 'x-api-key': key };
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { method: 'POST', body: new URLSearchParams(parameters), headers, signal });
    text = await response.text();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Mistake(`Nothing answers at ${url.href} (${cause}): check --url.`);
  }
  const json = parseJson(text);
  const read = v.safeParse(accepted, json);
  if (response.status === 202 && read.success) return read.output.id;
  const told = v.safeParse(problem, json);
  const words = told.success ? told.output.detail : text.slice(0, 200);
  throw new Mistake(`Not accepted, status ${String(response.status)}: ${words} ${remedyFor(response.status)}`.trim());
}

function remedyFor(status: number): string {
  if (status === 401) return 'Give a key of this stage with --key.';
  if (status === 404) return 'The address must end in /pnm2.';
  return '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
