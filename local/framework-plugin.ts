import { standInCredentials } from '../shared/local-stack.ts';

/** The part of the framework that the plugin uses. */
interface Serverless {
  readonly service: {
    readonly provider: { readonly stage: string };
    readonly getAllFunctions: () => string[];
    readonly getFunction: (name: string) => unknown;
    readonly resources?: unknown;
  };
}

/** A plugin of the framework that ties it to the local stack. For a deployment it does nothing. */
export default class LocalStackPlugin {
  readonly hooks: Readonly<Record<string, () => void>>;

  constructor({ service }: Serverless) {
    this.hooks = {
      'before:offline:start': () => {
        if (process.send === undefined) return;
        // A parent that was killed can't end this process; without it nothing here is of use.
        process.once('disconnect', () => process.exit());
        // What serverless.yml says once it is resolved: so the queues and mappings of the local stack
        // are those that are deployed.
        const functions: Record<string, unknown> = {};
        for (const name of service.getAllFunctions()) functions[name] = service.getFunction(name);
        process.send({ functions, resources: service.resources });
      },
      'before:invoke:local:loadEnvVars': () => {
        // `invoke local` speaks to the embedded SQS and S3, which ask for credentials and take any.
        if (service.provider.stage !== 'local') return;
        const endpoint = `http://127.0.0.1:${process.env['AWS_PORT'] ?? '4566'}`;
        const endpoints = { AWS_ENDPOINT_URL_SQS: endpoint, AWS_ENDPOINT_URL_S3: endpoint };
        Object.assign(process.env, standInCredentials, endpoints);
      },
    };
  }
}
