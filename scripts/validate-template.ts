import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';

/**
 * Findings that say nothing of this template: hints on retention, tagging and naming that hold for any,
 * and (W3005) a DependsOn that is not needed, which is the framework's own.
 */
const noise = ['I9001', 'I9040', 'I1022', 'I3011', 'W3005'];

const path =
  process.argv[2] ??
  fileURLToPath(new URL('../.serverless/cloudformation-template-update-stack.json', import.meta.url));

if (!existsSync(path)) {
  console.error('There is no packaged template to validate: run `npm run package`.');
  process.exit(1);
}
const engine = new RegoEngine();
// Strict, because a wrong value in an enumeration is only a warning otherwise.
const report = engine.validateStandard(new TemplateFile(path), { exclude: { ids: noise }, strict: true });
engine.free();

for (const { severity, ruleId, message, entity, propertyPath } of report.diagnostics) {
  console.error(`${severity} ${ruleId} ${[entity?.logicalId, propertyPath].filter(Boolean).join(' ')}: ${message}`);
}
const faults = report.diagnostics.filter(({ severity }) => severity !== 'INFO' && severity !== 'DEBUG');
if (report.status !== 'OK' || faults.length > 0) {
  console.error(`The template is not valid: ${String(faults.length)} faults, analysis ${report.status}.`);
  process.exit(1);
}
console.log('The packaged template is valid.');
