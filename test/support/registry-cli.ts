import { startEmbeddedAws } from '../../local/embedded-aws.ts';
import { localStackKey } from '../../shared/local-stack.ts';
import type { RegisteredDevice } from '../../shared/registry/device.ts';
import { cli, type CliOptions } from './cli.ts';
import { registeredDevice, startRegistry } from './registry.ts';

export const dayMs = 86_400_000;

/** When the commands run. */
export const nowMs = Date.parse('2026-01-02T03:00:00Z');

/** The registry of a local stack, and the CLI that works on it in this process. */
export async function startRegistryCli() {
  const now = () => nowMs;
  const { registry, environment, stop } = await startRegistry(now, 'pnm2-relay-local-devices');
  const aws = await startEmbeddedAws(0);
  const bucket = 'pnm2-relay-local-sweeps';
  aws.createBucket(bucket);
  const setStack = async (body: string) => {
    await fetch(`http://127.0.0.1:${String(aws.port)}/${bucket}/${localStackKey}`, { method: 'PUT', body });
  };
  await setStack(`TICK_MINUTES=\nDYNAMODB_URL=${environment.AWS_ENDPOINT_URL_DYNAMODB}\n`);
  return {
    registry,
    awsPort: aws.port,
    /** The environment of the table. */
    environment,
    /** Replaces what the local stack tells the CLI. */
    setStack,
    /** Registers devices of the account `alice`, heard of now, unless they say otherwise. */
    async put(...devices: Partial<RegisteredDevice>[]) {
      for (const changes of devices) {
        const lastSeenMs = changes.lastSeenMs ?? nowMs;
        await registry.put(registeredDevice({ firstSeenMs: lastSeenMs, ...changes, lastSeenMs }), 180);
      }
    },
    /** Runs `registry … --local`. */
    run: (words: readonly string[], { environment: variables, ...options }: CliOptions = {}) =>
      cli(['registry', ...words, '--local'], {
        environment: { AWS_PORT: String(aws.port), ...variables },
        now,
        ...options,
      }),
    async stop() {
      await aws.stop();
      await stop();
    },
  };
}

export type RegistryCli = Awaited<ReturnType<typeof startRegistryCli>>;
