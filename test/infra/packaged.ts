import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { beforeAll } from 'vitest';
import { buildFunctions } from '../../scripts/build.ts';
import { faultsOfTemplate } from '../../scripts/validate-template.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

const templateShape = v.object({
  Conditions: v.optional(v.record(v.string(), v.unknown()), {}),
  Resources: v.record(
    v.string(),
    v.object({
      Type: v.string(),
      Condition: v.optional(v.string()),
      DeletionPolicy: v.optional(v.string()),
      UpdateReplacePolicy: v.optional(v.string()),
      DependsOn: v.optional(v.union([v.string(), v.array(v.string())]), []),
      Properties: v.optional(v.record(v.string(), v.unknown()), {}),
    }),
  ),
  Outputs: v.record(v.string(), v.object({ Condition: v.optional(v.string()), Value: v.unknown() })),
});
export type Template = v.InferOutput<typeof templateShape>;

/** The faults that the validation finds in a template. */
export async function validate(template: Template): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pnm2-relay-'));
  try {
    await writeFile(join(folder, 'template.json'), JSON.stringify(template));
    return faultsOfTemplate(join(folder, 'template.json'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A packaged template, as CloudFormation evaluates it. */
export interface Packaged {
  readonly template: Template;
  /** The properties of the resources of a type whose conditions hold. */
  readonly ofType: (type: string) => Record<string, Record<string, unknown>>;
  /** The names of the outputs whose conditions hold. */
  readonly outputs: () => string[];
}

/** The deployments that the tests look at. */
const deployments = {
  /** With alarms, without an address for them, and with all subscribers of the outcomes. */
  alarms: [
    ...['--stage', 'prod', '--param', 'alarms=true'],
    ...['--param', 'alarmTopicKeyArn=arn:aws:kms:eu-central-1:1:key/k'],
    ...['--param', 'outcomesTopicKeyArn=arn:aws:kms:eu-central-1:123456789012:key/o'],
    ...['--param', 'outcomesEmail=crm@example.com', '--param', 'outcomesUrl=https://crm.example.com/hook'],
    ...['--param', 'outcomesUrlFilter=reason=unregistered;client=crm,backend'],
    ...['--param', 'outcomesQueueArn=arn:aws:sqs:eu-central-1:123456789012:crm'],
    ...['--param', 'outcomesQueueFilter=queue=sweeps'],
  ],
  /** With all alarms, because of their address, with the access log and with recovery of the table. */
  alarmEmail: [
    ...['--stage', 'prod', '--param', 'alarmEmail=ops@example.com'],
    ...['--param', 'alarmUnregisteredPercent=20', '--param', 'accessLog=true', '--param', 'logRetentionDays=7'],
    ...['--param', 'deviceRecovery=true'],
  ],
  /** Without alarms and dashboards. */
  bare: ['--param', 'dashboard=false'],
} as const;
type Deployment = keyof typeof deployments;

const packaging = new Map<Deployment, Promise<Packaged>>();

/** Packages a deployment before the tests of a file, once for all test files of the process. */
export function usePackaged(deployment: Deployment): () => Packaged {
  let packaged: Packaged | undefined;
  beforeAll(async () => {
    const promise = packaging.get(deployment) ?? packageStack(deployments[deployment]);
    packaging.set(deployment, promise);
    packaged = await promise;
  });
  return () => {
    if (packaged === undefined) throw new Error('The stack is packaged before the tests, not before that.');
    return packaged;
  };
}

const cli = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

/**
 * Packages in a folder of its own: the framework always uses one below the service, so that two of its processes there
 * would delete each other's files.
 */
async function packageStack(options: readonly string[]): Promise<Packaged> {
  await buildFunctions();
  const folder = await mkdtemp(join(tmpdir(), 'pnm2-relay-'));
  try {
    const bundles = ['accept', 'deliver', 'devices', 'sweep'].map((name) => `dist/${name}`);
    for (const path of ['serverless.yml', ...bundles])
      await cp(join(root, path), join(folder, path), { recursive: true });
    for (const path of ['infra', 'local', 'scripts', 'node_modules'])
      await symlink(join(root, path), join(folder, path));
    await run(process.execPath, [cli, 'package', ...options], { cwd: folder });
    const path = join(folder, '.serverless', 'cloudformation-template-update-stack.json');
    return packagedOf(v.parse(templateShape, JSON.parse(await readFile(path, 'utf8'))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function packagedOf(template: Template): Packaged {
  const stands = ({ Condition }: { readonly Condition?: string | undefined }) =>
    Condition === undefined || holds({ Condition }, template.Conditions);
  return {
    template,
    ofType: (type) =>
      Object.fromEntries(
        Object.entries(template.Resources)
          .filter(([, resource]) => resource.Type === type && stands(resource))
          .map(([name, { Properties }]) => [name, Properties]),
      ),
    outputs: () => Object.keys(template.Outputs).filter((name) => stands(template.Outputs[name] ?? {})),
  };
}

const conditionShape = v.union([
  v.object({ Condition: v.string() }),
  v.object({ 'Fn::Equals': v.tuple([v.string(), v.string()]) }),
  v.object({ 'Fn::Not': v.tuple([v.unknown()]) }),
  v.object({ 'Fn::Or': v.array(v.unknown()) }),
  v.object({ 'Fn::And': v.array(v.unknown()) }),
]);

/** Whether a condition holds, as CloudFormation reads it. */
function holds(given: unknown, conditions: Template['Conditions']): boolean {
  const condition = v.parse(conditionShape, given);
  if ('Condition' in condition) return holds(conditions[condition.Condition], conditions);
  if ('Fn::Equals' in condition) return condition['Fn::Equals'][0] === condition['Fn::Equals'][1];
  if ('Fn::Not' in condition) return !holds(condition['Fn::Not'][0], conditions);
  if ('Fn::And' in condition) return condition['Fn::And'].every((one) => holds(one, conditions));
  return condition['Fn::Or'].some((one) => holds(one, conditions));
}
