import * as v from 'valibot';
import type { Access } from './access.ts';
import { parseApiKeys } from '../../shared/api-key.ts';
import { flag, integer, list, queueUrl, readEnvironment, type Environment } from '../../shared/environment.ts';

const apiKeys = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const reading = parseApiKeys(dataset.value);
    if (reading.ok) return reading.keys;
    for (const message of reading.faults) addIssue({ message });
    return NEVER;
  }),
);

const schema = v.object({
  STAGE: v.optional(v.string(), 'none'),
  PUSHES_QUEUE_URL: queueUrl,
  API_KEYS: v.optional(apiKeys, ''),
  OPEN_INTAKE: flag(false),
  EXTRA_VERBS: v.optional(list, ''),
  SELECTOR_REQUIRED: flag(true),
  // Much more than a device could be sent, for a push to one is a few KB at most; and about what SQS bills as one request.
  MAX_BODY_BYTES: integer('a whole number of bytes', { min: 1024, max: 262_144, fallback: 65_536 }),
  RETRY_AFTER_SECONDS: integer('a whole number of seconds', { min: 1, max: 3600, fallback: 5 }),
});

/** The configuration of `accept`, from its environment. @throws ConfigurationError */
export function readAcceptConfiguration(environment: Environment) {
  const read = readEnvironment(schema, environment);
  // Keys that are configured count, also where the door may be open.
  const isOpen = read.OPEN_INTAKE && read.API_KEYS.length === 0;
  const access: Access = isOpen ? { kind: 'open' } : { kind: 'keys', keys: read.API_KEYS };
  return {
    access,
    dimensions: { Stage: read.STAGE },
    pushesQueueUrl: read.PUSHES_QUEUE_URL,
    rules: { extraVerbs: read.EXTRA_VERBS, selectorRequired: read.SELECTOR_REQUIRED },
    maxBodyBytes: read.MAX_BODY_BYTES,
    retryAfterSeconds: read.RETRY_AFTER_SECONDS,
  };
}
