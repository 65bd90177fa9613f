import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('children/cold.cjs', import.meta.url));

export interface ColdStart {
  /** From the start of the process until the handler is there. */
  readonly readyMs: number;
  /** From the start of the process until it has handled its first event. */
  readonly answeredMs: number;
}

/** Starts a process that loads a bundle and handles one event. @param bundle none for bare Node. */
export async function startCold(
  bundle: string | undefined,
  event: unknown,
  environment: NodeJS.ProcessEnv,
  forms: readonly string[] = [],
): Promise<ColdStart> {
  const parameters = bundle === undefined ? [] : [bundle, JSON.stringify(event), JSON.stringify(forms)];
  const startedAt = performance.now();
  const child = spawn(process.execPath, [script, ...parameters], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let readyMs = NaN;
  let answeredMs = NaN;
  child.stdout.on('data', (chunk: Buffer) => {
    const elapsedMs = performance.now() - startedAt;
    const words = chunk.toString();
    if (words.includes('ready\n')) readyMs = elapsedMs;
    if (words.includes('answered\n')) answeredMs = elapsedMs;
  });
  const [code] = (await exited) as [number | null];
  if (code !== 0 || Number.isNaN(readyMs + answeredMs)) throw new Error(`${bundle ?? 'bare Node'} did not answer`);
  return { readyMs, answeredMs };
}
