import * as v from 'valibot';
import { flag, integer, list, queueUrl, readEnvironment, type Environment } from './environment.ts';

const schema = v.object({
  PUSHES_QUEUE_URL: queueUrl,
  EXTRA_VERBS: v.optional(list, ''),
  SELECTOR_REQUIRED: flag(true),
  // Much more than a device could be sent, for a push to one is a few KB at most; and about what SQS bills as one request.
  MAX_BODY_BYTES: integer('a whole number of bytes', { min: 1024, max: 262_144, fallback: 65_536 }),
  RETRY_AFTER_SECONDS: integer('a whole number of seconds', { min: 1, max: 3600, fallback: 5 }),
});

/** The configuration of `accept`, from its environment. @throws ConfigurationError */
export function readAcceptConfiguration(environment: Environment) {
  const read = readEnvironment(schema, environment);
  return {
    pushesQueueUrl: read.PUSHES_QUEUE_URL,
    rules: { extraVerbs: read.EXTRA_VERBS, selectorRequired: read.SELECTOR_REQUIRED },
    maxBodyBytes: read.MAX_BODY_BYTES,
    retryAfterSeconds: read.RETRY_AFTER_SECONDS,
  };
}
