import { parseArgs } from 'node:util';
import { createApiKey } from '../shared/api-key.ts';

const usage = `Makes a key for a client. It is shown once; the deployment gets its digest only.

npm run key -- NAME [--apps APPID,APPID]

  NAME     who the key is for, as logs will tell it
  --apps   the only apps that it may push to; without it, all`;

/** A person's mistake: told in a line, with what to do. */
function refuse(what: string): never {
  console.error(`${what}\n\n${usage}`);
  process.exit(1);
}

function readOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { apps: { type: 'string' }, help: { type: 'boolean', default: false } },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { values, positionals } = readOptions();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const [name, ...more] = positionals;
if (name === undefined || more.length > 0) refuse('One name is needed.');

try {
  const { key, entry } = createApiKey(name, values.apps === undefined ? [] : values.apps.split(','));
  console.log(`The key, shown this once, for the client:

  ${key}

Its entry for the configuration, behind a ';' where there are others already:

  ${entry}

Deploy it:     npm run deploy -- --stage STAGE --param apiKeys='${entry}'
Or try it:     API_KEYS='${entry}' npm start
The client:    wget --header "X-Api-Key: ${key}" …`);
} catch (error) {
  refuse(error instanceof Error ? error.message : String(error));
}
