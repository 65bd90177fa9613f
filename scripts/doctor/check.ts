/** What was checked before a deployment, and what to do if it is not well. */
export interface Check {
  readonly name:
    'credentials' | 'parameters' | 'gateway' | 'keys' | 'outcomes' | 'concurrency' | 'stack' | 'bucket' | 'table';
  readonly result: 'ok' | 'warning' | 'failure';
  readonly detail: string;
  /** What to do about it; absent if all is well. */
  readonly remedy?: string;
}

export interface Deployment {
  readonly stage: string;
  readonly region: string;
  readonly stackName: string;
}

/** The options of a command that concerns this deployment. */
export function optionsOf({ stage, region }: Deployment): string {
  return `--stage ${stage} --region ${region}`;
}
