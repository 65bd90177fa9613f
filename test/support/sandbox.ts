import { startSandbox, type SandboxOptions } from '../../local/sandbox/sandbox.ts';

/** A sandbox that belongs to no local stack: its page, its API and its gateway, each on a free port. */
export async function startLoneSandbox(
  registry: SandboxOptions['registry'] = { devicesUrl: 'http://127.0.0.1:1/devices' },
) {
  const sandbox = await startSandbox({
    ...{ port: 0, gatewayPort: 0, kept: 5000, now: Date.now, random: Math.random },
    describe: (gatewayUrl) => ({
      ...{ pushUrl: 'http://127.0.0.1:1/pnm2', gatewayUrl, isSandboxed: true, gatewayFormat: 'form' },
      ...{ requiresKey: false, requiresSignature: false, backoffBaseSeconds: 2 },
    }),
    ...{ onChange: () => undefined, onFirstDrop: () => undefined },
    registry,
    onBehaviour: () => undefined,
  });
  return { ...sandbox, sandboxUrl: `http://127.0.0.1:${String(sandbox.port)}` };
}
