import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AcceptDependencies } from '../../functions/accept/handler.ts';
import type { createDeliver, DeliverDependencies } from '../../functions/deliver/handler.ts';
import type { DevicesDependencies } from '../../functions/devices/handler.ts';
import type { createPruner, PruneDependencies } from '../../functions/devices/prune.ts';
import type { SweepDependencies } from '../../functions/sweep/handler.ts';
import type { DynamoDbModel } from './models/dynamodb-client.ts';

type Pruner = ReturnType<typeof createPruner>;
type DeliverHandler = ReturnType<typeof createDeliver>;

/** A fault of the relay, planted into what its handlers are given or into what they answer. */
export interface Plant {
  /** One line for `--help`. */
  readonly summary: string;
  /** The scenario that finds it, with enough pushes for that. */
  readonly scenario: string;
  readonly pushes: number;
  /** What the checker must say. */
  readonly fault: string;
  /** Of the calls of `accept` to the table of devices. */
  readonly table?: (model: DynamoDbModel) => DynamoDbModel;
  readonly accept?: (dependencies: AcceptDependencies) => AcceptDependencies;
  readonly deliver?: (dependencies: DeliverDependencies) => DeliverDependencies;
  readonly sweep?: (dependencies: SweepDependencies) => SweepDependencies;
  /** Of reports and removals. */
  readonly devices?: (dependencies: DevicesDependencies) => DevicesDependencies;
  readonly pruner?: (dependencies: PruneDependencies) => PruneDependencies;
  /** Of the table of devices. */
  readonly documents?: (documents: DynamoDBDocumentClient) => DynamoDBDocumentClient;
  readonly prune?: (prune: Pruner) => Pruner;
  readonly handler?: (handler: DeliverHandler, dependencies: DeliverDependencies) => DeliverHandler;
}

type Send = (command: unknown, ...options: unknown[]) => Promise<unknown>;

/** A client that is changed in what it sends and gets. */
export function changedClient<C extends object>(
  client: C & { readonly send: unknown },
  change: (command: unknown, send: Send) => Promise<unknown>,
): C {
  // The clients of the model take the commands of the SDK, and refuse others.
  const original = client.send as Send;
  return Object.assign(Object.create(client) as C, {
    send: (command: unknown, ...options: unknown[]) => change(command, (changed) => original(changed, ...options)),
  });
}
