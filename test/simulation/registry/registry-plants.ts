import type { SQSEvent } from 'aws-lambda';
import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { DevicesDependencies } from '../../../functions/devices/handler.ts';
import type { PruneDependencies } from '../../../functions/devices/prune.ts';
import { deviceEntries, type Registry } from '../../../shared/registry/registry.ts';
import { changedClient, type Plant } from '../plant.ts';

const reportedSince = 'a device that has reported since is pruned';
const stays = 'an event is settled, but its device stays';

/** Faults of `devices` and of the registry. */
export const registryPlants: Readonly<Record<string, Plant>> = {
  // Reports
  'answer-before-the-registry': {
    summary: 'devices answers a report before the registry has it',
    ...{ scenario: 'registry', pushes: 50, fault: 'a report is answered before the registry has it' },
    devices: withRegistry((registry) => ({
      put(...values) {
        registry.put(...values).catch(() => undefined);
        return Promise.resolve(true);
      },
    })),
  },
  'take-forged-reports': {
    summary: 'devices does not look at signatures',
    ...{ scenario: 'registry', pushes: 200, fault: 'a report with a wrong signature is taken' },
    devices: (dependencies) => ({ ...dependencies, signing: 'open' }),
  },
  'own-clock': {
    summary: 'devices takes the time of a report from its own clock',
    ...{ scenario: 'reports-late', pushes: 50, fault: 'a report is registered with a wrong time' },
    devices: (dependencies) =>
      withRegistry((registry) => ({
        put: (device, ...others) => registry.put({ ...device, lastSeenMs: dependencies.now() }, ...others),
      }))(dependencies),
  },
  'put-without-condition': {
    summary: 'the registry writes a report although it has a newer one or a removal',
    ...{ scenario: 'reports-late', pushes: 400, fault: 'an older report replaces a newer one' },
    documents: withCommands((command) => {
      if (!(command instanceof PutCommand)) return command;
      const { TableName, Item } = command.input;
      return new PutCommand({ TableName, Item });
    }),
  },
  'never-write-again': {
    summary: 'devices does not write an unchanged device, however old its last report is',
    ...{
      scenario: 'registry',
      pushes: 800,
      fault: 'a report is called unchanged, but the registry has something else',
    },
    devices: (dependencies) =>
      withRegistry(seeing((device) => ({ ...device, lastSeenMs: dependencies.now() })))(dependencies),
  },
  // Removals
  'remove-without-mark': {
    summary: 'devices removes a device without a mark',
    ...{ scenario: 'reports-late', pushes: 600, fault: 'a late report brings back a removed device' },
    devices: withRegistry((registry) => ({ markRemoved: (...values) => registry.remove(...values) })),
  },
  'forget-removals': {
    summary: 'devices answers a removal and removes nothing',
    ...{ scenario: 'registry', pushes: 200, fault: 'a removal is answered, but the device stays' },
    devices: withRegistry(() => ({ markRemoved: () => Promise.resolve(true) })),
  },
  // Full accounts
  'displace-newest': {
    summary: 'devices displaces the newest device of a full account',
    ...{ scenario: 'registry', pushes: 300, fault: 'a device is displaced that is not the oldest of a full account' },
    devices: withRegistry((registry) => ({
      async remove(account, _key, _untilMs, abortSignal) {
        const entries = deviceEntries(await registry.entriesOf(account, abortSignal));
        const [newest] = entries.toSorted((a, b) => b.device.lastSeenMs - a.device.lastSeenMs);
        return newest !== undefined && registry.remove(account, newest.key, newest.device.lastSeenMs, abortSignal);
      },
    })),
  },
  'displace-none': {
    summary: 'devices displaces no device',
    ...{ scenario: 'registry', pushes: 300, fault: 'an account has more devices than its limit' },
    devices: (dependencies) => ({ ...dependencies, devicesPerAccount: 100 }),
  },
  'read-behind': {
    summary: 'the registry reads an account as it was some time ago',
    ...{ scenario: 'registry-with-crashes', pushes: 600, fault: 'an account has more devices than its limit' },
    documents: withCommands((command) => {
      if (!(command instanceof QueryCommand)) return command;
      return new QueryCommand({ ...command.input, ConsistentRead: false });
    }),
  },
  // Prunes
  'prune-unconfirmed': {
    summary: 'devices prunes although the event is not confirmed',
    ...{ scenario: 'registry-wrong-address', pushes: 100, fault: 'a device is pruned without a confirmed event' },
    prune: (prune) => (event, context) => prune(confirmed(event), context),
  },
  'prune-the-reported': {
    summary: 'devices prunes without a look at the last report',
    ...{ scenario: 'registry-with-crashes', pushes: 600, fault: reportedSince },
    pruner: withPrunedRegistry((registry) => ({
      ...seeing((device) => ({ ...device, lastSeenMs: 0 }))(registry),
      remove: (account, key, _untilMs, ...others) => registry.remove(account, key, Number.MAX_SAFE_INTEGER, ...others),
    })),
  },
  'confirm-never': {
    summary: 'deliver confirms no verdict',
    ...{ scenario: 'registry', pushes: 800, fault: 'a dead device is still in the registry' },
    deliver: (dependencies) => ({
      ...dependencies,
      outage: { ...dependencies.outage, isAddressConfirmed: () => false },
    }),
  },
  'prune-late': {
    summary: 'devices believes a verdict however late it comes',
    ...{
      scenario: 'registry-with-crashes',
      pushes: 600,
      fault: 'a device that has perhaps reported since is pruned',
    },
    pruner: (dependencies) => ({ ...dependencies, now: () => 0 }),
  },
  'prune-whatever-is-there': {
    summary: 'the registry removes a device although it has a newer report',
    ...{ scenario: 'registry-races', pushes: 300, fault: reportedSince },
    documents: withCommands((command) => {
      if (!(command instanceof DeleteCommand)) return command;
      const { TableName, Key } = command.input;
      return new DeleteCommand({ TableName, Key, ConditionExpression: 'attribute_exists(lastSeen)' });
    }),
  },
  'remove-marks': {
    summary: 'the registry removes the mark of a removal',
    ...{ scenario: 'registry-races', pushes: 1000, fault: 'the mark of a removal is deleted' },
    documents: withCommands((command) => {
      if (!(command instanceof DeleteCommand)) return command;
      const { TableName, Key } = command.input;
      return new DeleteCommand({ TableName, Key });
    }),
  },
  'mark-over-reports': {
    summary: 'the registry marks a removal although it has a newer report',
    ...{ scenario: 'registry-races', pushes: 300, fault: 'a removal takes a device that has reported since' },
    documents: withCommands((command) => {
      if (!(command instanceof PutCommand) || command.input.Item?.['removedAt'] === undefined) return command;
      const { TableName, Item } = command.input;
      return new PutCommand({ TableName, Item });
    }),
  },
  'prune-one-account': {
    summary: 'devices prunes a device from one of its accounts',
    ...{ scenario: 'registry', pushes: 800, fault: stays },
    pruner: withPrunedRegistry((registry) => ({
      accountsOf: async (...values) => (await registry.accountsOf(...values)).slice(0, 1),
    })),
  },
  'forget-failed-events': {
    summary: 'devices forgets the events of a batch that it could not handle',
    ...{ scenario: 'registry-with-crashes', pushes: 600, fault: stays },
    prune:
      (prune) =>
      async (...values) => {
        await prune(...values);
        return { batchItemFailures: [] };
      },
  },
};

type Change<R> = (registry: R) => Partial<R>;

/** Replaces functions of the registry for reports and removals. */
function withRegistry(change: Change<Registry>): (dependencies: DevicesDependencies) => DevicesDependencies {
  return ({ registry, ...others }) => ({ ...others, registry: { ...registry, ...change(registry) } });
}

function withPrunedRegistry(
  change: Change<PruneDependencies['registry']>,
): (dependencies: PruneDependencies) => PruneDependencies {
  return ({ registry, ...others }) => ({ ...others, registry: { ...registry, ...change(registry) } });
}

type Device = ReturnType<typeof deviceEntries>[number]['device'];

/** Changes the devices that are read. */
function seeing(change: (device: Device) => Device): Change<Pick<Registry, 'entriesOf'>> {
  return ({ entriesOf }) => ({
    entriesOf: async (...values) =>
      (await entriesOf(...values)).map((entry) =>
        entry.kind === 'device' ? { ...entry, device: change(entry.device) } : entry,
      ),
  });
}

/** Changes what the document client sends. */
function withCommands(change: (command: unknown) => unknown): NonNullable<Plant['documents']> {
  return (documents) => changedClient(documents, (command, send) => send(change(command)));
}

function confirmed({ Records }: SQSEvent): SQSEvent {
  return {
    Records: Records.map((record) => ({
      ...record,
      body: JSON.stringify({ ...(JSON.parse(record.body) as object), confirmed: true }),
    })),
  };
}
