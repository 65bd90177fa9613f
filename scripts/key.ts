import { parseArgs } from 'node:util';
import { createApiKey } from '../shared/api-key.ts';

const usage = `Creates an API key for a client. The key is shown once; the deployment gets its digest only.

npm run key -- NAME [--apps APPID,APPID]

  NAME     the name of the client, as it appears in logs
  --apps   the only apps that the client may push to (default: all)`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { apps: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  const [name, ...more] = positionals;
  if (values.help) {
    console.log(usage);
  } else if (name === undefined || more.length > 0) {
    throw new RangeError('Exactly one NAME is required.');
  } else {
    const { key, entry } = createApiKey(name, values.apps?.split(',') ?? []);
    console.log(`The key for the client, shown only now:

  ${key}

Its entry for the configuration; put ';' between it and other entries:

  ${entry}

Deploy it:       npm run deploy -- --stage STAGE --param apiKeys='${entry}'
Try it locally:  API_KEYS='${entry}' npm start
Send a push:     wget --header "X-Api-Key: ${key}" …`);
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}
