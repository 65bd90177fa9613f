import { planKey } from '../../shared/sweeps/keys.ts';
import { listPlans } from '../../shared/sweeps/run-record.ts';
import {
  askYesOrNo,
  exitCodes,
  requireTerminal,
  UsageError,
  type ConfirmationOptions,
  type ExitCode,
} from '../cli-context.ts';
import type { SweepConnection } from './connection.ts';
import { orderOf, type OrderOptions } from './order.ts';
import { preview } from './preview.ts';
import { listsOf, upload, type Sources } from './source.ts';

/** Shows what a sweep would do, asks, and starts it. @throws UsageError, and the errors of the SDK. */
export async function start(
  connection: SweepConnection,
  sources: Sources,
  options: OrderOptions & ConfirmationOptions,
): Promise<ExitCode> {
  const { store, context } = connection;
  const { dryRun, yes } = options;
  const { stdout, interrupted } = context;
  const order = orderOf(options, sources, connection);
  const { planName, plan, text } = order;
  const key = planKey(planName);
  // A listing, unlike a HEAD of the plan, also reports that the bucket does not exist.
  if (!dryRun && (await listPlans(store)).some((found) => found.key === key)) throw nameTaken(planName);
  const exitCode = await preview(connection, order, await listsOf(connection, sources));
  if (dryRun || exitCode !== exitCodes.ok) return exitCode;
  // Not before the faults of the plan and of the list are reported.
  requireTerminal(options, context);
  if (!yes && !(await askYesOrNo('Start it?', context))) {
    stdout.write('Nothing was started.\n');
    return interrupted.aborted ? exitCodes.interrupted : exitCodes.ok;
  }
  const lists = [
    { source: sources.devices, key: plan.devices.kind === 'list' ? plan.devices.key : undefined },
    { source: sources.except, key: plan.except },
  ];
  const uploads = lists.flatMap(({ source, key: listKey }) =>
    source?.kind === 'file' && listKey !== undefined ? [{ source, key: listKey }] : [],
  );
  try {
    for (const { source, key: listKey } of uploads) await upload(connection, source, listKey);
    interrupted.throwIfAborted();
    // Somebody else may have started a sweep with this name since it was checked.
    if ((await store.write(key, text, { IfNoneMatch: '*' })) === undefined) throw nameTaken(planName);
  } catch (error) {
    // The lists must not stay in the bucket without a plan. If nobody answers, the plan may be there.
    const present = await store.readText(key).catch(() => ({ text }));
    for (const { key: listKey } of present?.text === text ? [] : uploads) {
      await store.remove(listKey).catch(() => undefined);
    }
    throw error;
  }
  stdout.write(`Started: ${key}. Follow it with "sweep status ${planName}", stop it with "sweep stop ${planName}".\n`);
  return exitCodes.ok;
}

function nameTaken(name: string): UsageError {
  return new UsageError(
    `There is a plan ${name} already: choose another name with --name, or remove that plan with "sweep stop ${name}".`,
  );
}
