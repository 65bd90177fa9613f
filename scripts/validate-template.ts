import { readFileSync } from 'node:fs';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import * as v from 'valibot';

/**
 * Rules that do not apply: hints on retention, tagging and naming (I…); a DependsOn of the framework that is not needed
 * (W3005); a number given as text (W9003), as `--param` gives each; a condition that is always the same (W8003, W9053)
 * and what it leaves out (W1028), and the account in the ARN of a queue (W9013), because the framework resolves
 * parameters when it packages.
 */
const ignoredRules = ['I9001', 'I9040', 'I1022', 'I3011', 'W3005', 'W9003', 'W8003', 'W9053', 'W1028', 'W9013'];

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const environmentBytes = 4096;
/** What a reference is replaced with: the URL of a queue or the name of a bucket. */
const referenceBytes = 100;

const environmentShape = v.object({ Variables: v.record(v.string(), v.unknown()) });
const propertiesShape = v.object({ Environment: v.optional(environmentShape) });
const resourceShape = v.object({ Properties: v.optional(propertiesShape) });
const templateShape = v.object({ Resources: v.record(v.string(), resourceShape) });

/** The faults of a packaged template: those that AWS's own validator finds, and environments that are too large. */
export function faultsOfTemplate(path: string): string[] {
  const engine = new RegoEngine();
  // Strict, because a wrong value of an enumeration is otherwise only a warning.
  const report = engine.validateStandard(new TemplateFile(path), { exclude: { ids: ignoredRules }, strict: true });
  engine.free();
  const faults = report.diagnostics
    .filter(({ severity }) => severity !== 'INFO' && severity !== 'DEBUG')
    .map(({ severity, ruleId, message, entity, propertyPath }) => {
      const place = [entity?.logicalId, propertyPath].filter(Boolean).join(' ');
      return `${severity} ${ruleId} ${place}: ${message}`;
    });
  if (report.status !== 'OK') faults.push(`The validation is not complete: ${report.status}`);
  return [...faults, ...faultsOfEnvironments(path)];
}

function faultsOfEnvironments(path: string): string[] {
  const { Resources } = v.parse(templateShape, JSON.parse(readFileSync(path, 'utf8')));
  return Object.entries(Resources).flatMap(([logicalId, { Properties }]) => {
    const variables = Object.entries(Properties?.Environment?.Variables ?? {});
    const bytes = variables
      .map(([name, value]) => name.length + (typeof value === 'string' ? Buffer.byteLength(value) : referenceBytes))
      .reduce((sum, length) => sum + length, 0);
    if (bytes <= environmentBytes) return [];
    return [`${logicalId} has an environment of ${String(bytes)} bytes, more than 4 KB: configure fewer API keys`];
  });
}
