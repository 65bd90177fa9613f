import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('children/cold.cjs', import.meta.url));

/** A new process after each of its two steps: the bundle is loaded and ready, and the first event is handled. */
export interface ColdStart {
  /** From the start of the process. */
  readonly readyMs: number;
  readonly answeredMs: number;
  /** CPU time of the process so far. */
  readonly readyCpuMs: number;
  readonly answeredCpuMs: number;
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
  const steps = new Map<string, { ms: number; cpuMs: number }>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [step = '', cpuUs] = line.split(' ');
    steps.set(step, { ms: performance.now() - startedAt, cpuMs: Number(cpuUs) / 1000 });
  });
  const [code] = (await exited) as [number | null];
  const [ready, answered] = [steps.get('ready'), steps.get('answered')];
  if (code !== 0 || ready === undefined || answered === undefined) {
    throw new Error(`${bundle ?? 'bare Node'} did not answer`);
  }
  return { readyMs: ready.ms, answeredMs: answered.ms, readyCpuMs: ready.cpuMs, answeredCpuMs: answered.cpuMs };
}
