import type { LogFields } from '../../shared/log.ts';
import type { Field } from '../../shared/push/form.ts';
import type { Push } from '../../shared/push/push.ts';
import { describePush } from '../../shared/push/redaction.ts';
import { knownVerbs, validatePush, type PushRules } from '../../shared/push/validation.ts';
import { faultsOfAccountMeant } from './account-push.ts';
import { problemOfApp, type Client } from './access.ts';
import { describeFields, type Problem } from './problem.ts';

/** A push that the relay accepts from its client, or the problem with it and the fields for its line in the log. */
type ClientPushReading =
  | { readonly ok: true; readonly push: Push }
  | { readonly ok: false; readonly problem: Problem; readonly fields: LogFields };

/** Reads a push from its decoded fields, and checks whether its client may send it. */
export function readPush(fields: readonly Field[], client: Client, rules: PushRules): ClientPushReading {
  const reading = validatePush(fields, rules);
  if (!reading.ok) {
    const problem: Problem = {
      kind: 'invalid-parameters',
      faults: [...faultsOfAccountMeant(fields), ...reading.faults],
    };
    return { ok: false, problem, fields: describeFields(fields, knownVerbs(rules)) };
  }
  const problem = problemOfApp(client, reading.push.appId);
  return problem === undefined ? reading : { ok: false, problem, fields: describePush(reading.push) };
}
