import { readLocalStack, standInCredentials } from '../shared/local-stack.ts';

interface Serverless {
  readonly service: {
    readonly provider: { readonly stage: string };
    readonly getAllFunctions: () => string[];
    readonly getFunction: (name: string) => unknown;
    readonly resources?: unknown;
  };
}

/** A plugin of the framework that connects it to the local stack. It does nothing in a deployment. */
export default class LocalStackPlugin {
  readonly hooks: Readonly<Record<string, () => void>>;

  constructor({ service }: Serverless) {
    this.hooks = {
      'before:offline:start': () => {
        if (process.send === undefined) return;
        // A parent that is killed cannot end this process, which is useless without it.
        process.once('disconnect', () => process.exit());
        // The resolved serverless.yml, so that the local stack has the queues and mappings of a deployment.
        const functions: Record<string, unknown> = {};
        for (const name of service.getAllFunctions()) functions[name] = service.getFunction(name);
        process.send({ functions, resources: service.resources });
      },
      'before:invoke:local:loadEnvVars': () => {
        // The functions use the embedded SQS and S3, which require credentials and accept any.
        if (service.provider.stage !== 'local') return;
        const endpoint = `http://127.0.0.1:${String(readLocalStack(process.env).awsPort)}`;
        const endpoints = {
          AWS_ENDPOINT_URL_SQS: endpoint,
          AWS_ENDPOINT_URL_S3: endpoint,
          AWS_ENDPOINT_URL_SNS: endpoint,
        };
        Object.assign(process.env, standInCredentials, endpoints);
      },
    };
  }
}
