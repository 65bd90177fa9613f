// A new instance: loads a bundle, handles the event on its standard input, and reports on file descriptor 3 when it was
// ready and when it had answered, and the bytes of the answer's body. Without a bundle: bare Node.
'use strict';
const { Buffer } = require('node:buffer');
const { readFileSync, writeSync } = require('node:fs');
const { performance } = require('node:perf_hooks');
const [bundle] = process.argv.slice(2);
const { startedAt, event } = JSON.parse(readFileSync(0, 'utf8'));

const steps = [];
const step = () => {
  const { user, system } = process.cpuUsage();
  steps.push({ ms: performance.timeOrigin + performance.now() - startedAt, cpuMs: (user + system) / 1000 });
};
const run = async () => {
  if (bundle === undefined) return step();
  const { handler } = bundle.endsWith('.cjs') ? require(bundle) : await import(bundle);
  step();
  const answer = await handler(event, { getRemainingTimeInMillis: () => 29_000, awsRequestId: 'request' });
  if (answer?.statusCode >= 400) throw new Error(answer.body);
  return answer?.body;
};
run().then(
  (body = '') => {
    step();
    writeSync(3, JSON.stringify([...steps, Buffer.byteLength(body)]));
    process.exit();
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
