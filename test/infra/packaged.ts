import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { buildFunctions } from '../../scripts/build.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

const templateShape = v.object({
  Conditions: v.optional(v.record(v.string(), v.unknown()), {}),
  Resources: v.record(
    v.string(),
    v.object({
      Type: v.string(),
      Condition: v.optional(v.string()),
      Properties: v.optional(v.record(v.string(), v.any()), {}),
    }),
  ),
  Outputs: v.record(v.string(), v.object({ Condition: v.optional(v.string()), Value: v.unknown() })),
});
export type Template = v.InferOutput<typeof templateShape>;

/** A packaged template: what CloudFormation would make of it. */
export interface Packaged {
  readonly folder: string;
  readonly path: string;
  readonly template: Template;
  /** The resources of a type that would stand, with their properties. */
  readonly ofType: (type: string) => Record<string, Record<string, unknown>>;
  /** The outputs that would be there. */
  readonly outputs: () => string[];
  /** Ends in no failure where the template passes the validator. */
  readonly validate: (path?: string) => Promise<{ readonly stdout: string }>;
  readonly remove: () => Promise<void>;
}

const cli = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

/**
 * Packages the stack as it is deployed, in a folder of its own: the framework packages in one below the service,
 * whatever folder it is told, and several at once would take each other's files away.
 * @param options such as `--stage` and `--param`.
 */
export async function packageStack(...options: readonly string[]): Promise<Packaged> {
  await buildFunctions();
  const folder = await mkdtemp(join(tmpdir(), 'pnm2-relay-'));
  const bundles = ['accept', 'deliver', 'sweep'].flatMap((name) => [
    `dist/${name}/index.cjs`,
    `dist/${name}/index.mjs`,
  ]);
  for (const path of ['serverless.yml', ...bundles]) await cp(join(root, path), join(folder, path));
  for (const path of ['local', 'node_modules']) await symlink(join(root, path), join(folder, path));
  await run(process.execPath, [cli, 'package', ...options], { cwd: folder });
  const path = join(folder, '.serverless', 'cloudformation-template-update-stack.json');
  const template = v.parse(templateShape, JSON.parse(await readFile(path, 'utf8')));
  const stands = ({ Condition }: { readonly Condition?: string | undefined }) =>
    Condition === undefined || holds({ Condition }, template.Conditions);
  return {
    folder,
    path,
    template,
    ofType: (type) =>
      Object.fromEntries(
        Object.entries(template.Resources)
          .filter(([, resource]) => resource.Type === type && stands(resource))
          .map(([name, { Properties }]) => [name, Properties]),
      ),
    outputs: () => Object.keys(template.Outputs).filter((name) => stands(template.Outputs[name] ?? {})),
    validate: (of = path) => run('node', ['scripts/validate-template.ts', of], { cwd: root }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

const conditionShape = v.union([
  v.object({ Condition: v.string() }),
  v.object({ 'Fn::Equals': v.tuple([v.string(), v.string()]) }),
  v.object({ 'Fn::Not': v.tuple([v.unknown()]) }),
  v.object({ 'Fn::Or': v.array(v.unknown()) }),
]);

/** Whether a condition holds, as CloudFormation reads it. */
function holds(given: unknown, conditions: Template['Conditions']): boolean {
  const condition = v.parse(conditionShape, given);
  if ('Condition' in condition) return holds(conditions[condition.Condition], conditions);
  if ('Fn::Equals' in condition) return condition['Fn::Equals'][0] === condition['Fn::Equals'][1];
  if ('Fn::Not' in condition) return !holds(condition['Fn::Not'][0], conditions);
  return condition['Fn::Or'].some((one) => holds(one, conditions));
}
