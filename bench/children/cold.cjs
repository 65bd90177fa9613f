// A new instance: loads a bundle, says so, handles one event, and says so again. Without a bundle: bare Node.
'use strict';
const [bundle, event, forms] = process.argv.slice(2);
const say = (word) => process.stdout.write(word);
if (bundle === undefined) say('ready\nanswered\n');
else {
  const loaded = bundle.endsWith('.mjs') ? import(bundle) : Promise.resolve(require(bundle));
  loaded
    .then(async ({ handler }) => {
      say('ready\n');
      const context = { getRemainingTimeInMillis: () => 29_000, awsRequestId: 'request' };
      const answer = await handler(JSON.parse(event), context, JSON.parse(forms));
      if (answer && answer.statusCode >= 400) throw new Error(answer.body);
      say('answered\n');
      process.exit();
    })
    .catch((error) => {
      console.error(error);
      process.exit(1);
    });
}
