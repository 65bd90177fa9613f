/** The part of the framework's service that the local stack needs. */
interface Serverless {
  readonly service: {
    readonly getAllFunctions: () => string[];
    readonly getFunction: (name: string) => unknown;
    readonly resources?: unknown;
  };
}

/**
 * A plugin of the framework that tells the local stack, over the channel to its parent process, what
 * `serverless.yml` says once it is resolved: so the queues and mappings there are those that are deployed.
 * Without such a parent it does nothing.
 */
export default class AnnounceService {
  readonly hooks: Readonly<Record<string, () => void>>;

  constructor(serverless: Serverless) {
    this.hooks = {
      'before:offline:start': () => {
        if (process.send === undefined) return;
        // A parent that was killed can't end this process; without it nothing here is of use.
        process.once('disconnect', () => process.exit());
        const { service } = serverless;
        const functions = Object.fromEntries(
          service.getAllFunctions().map((name) => [name, service.getFunction(name)]),
        );
        process.send({ functions, resources: service.resources });
      },
    };
  }
}
