import { encodeForm } from '../../../shared/push/form.ts';
import { verbs, type Push } from '../../../shared/push/push.ts';

/**
 * What two pushes share if one attempt serves both, their form: the app fetches its messages or reloads its configuration once
 * either way. Everything they say must be the same. `undefined` for a push that must be attempted for itself,
 * such as a text that is shown as often as it is sent.
 */
export function signalOf(push: Push): string | undefined {
  return verbs.get(push.verb)?.sharesAttempt === true ? encodeForm(push.parameters) : undefined;
}
