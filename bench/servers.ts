import { startChild } from './child.ts';

/** A server in a process of its own, so that its work is not counted with what is measured. */
export interface Server {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Starts the stand-in of SQS or of the gateway. */
export async function startServer(name: 'sqs' | 'gateway'): Promise<Server> {
  const child = startChild(`servers/${name}.ts`, {});
  return { port: Number(await child.ask('port')), stop: child.stop };
}
