import type { StackInfo } from '../../local/sandbox/api.ts';
import { startSandbox, type SandboxOptions } from '../../local/sandbox/sandbox.ts';

/**
 * A sandbox that belongs to no local stack: its page, its API and its gateway, each on a free port.
 * @param stack what the page is told of a local stack, where a test needs it.
 */
export async function startLoneSandbox(
  registry: SandboxOptions['registry'] = { devicesUrl: 'http://127.0.0.1:1/devices' },
  stack: Partial<StackInfo> = {},
) {
  const sandbox = await startSandbox({
    ...{ port: 0, gatewayPort: 0, kept: 5000, now: Date.now, random: Math.random },
    describe: (gatewayUrl) => ({
      ...{ pushUrl: 'http://127.0.0.1:1/pnm2', gatewayUrl, isSandboxed: true, gatewayFormat: 'form' },
      ...{ requiresKey: false, sweepSpeed: 1 },
      ...{ verbs: [], examples: [], ...stack },
    }),
    ...{ onChange: () => undefined, onFirstDrop: () => undefined },
    registry,
    onBehaviour: () => undefined,
  });
  return { ...sandbox, sandboxUrl: `http://127.0.0.1:${String(sandbox.port)}` };
}
