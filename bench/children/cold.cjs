// A new instance: loads a bundle, handles one event, and reports the CPU time so far after each. Without a bundle: bare
// Node.
'use strict';
const [bundle, event, forms] = process.argv.slice(2);
const report = (step) => {
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${step} ${String(user + system)}\n`);
};
const run = async () => {
  if (bundle === undefined) {
    report('ready');
    return;
  }
  const loaded = await import(bundle);
  const { handler } = bundle.endsWith('.cjs') ? loaded.default : loaded;
  report('ready');
  const context = { getRemainingTimeInMillis: () => 29_000, awsRequestId: 'request' };
  const answer = await handler(JSON.parse(event), context, JSON.parse(forms));
  if (answer && answer.statusCode >= 400) throw new Error(answer.body);
};
run().then(
  () => {
    report('answered');
    process.exit();
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
