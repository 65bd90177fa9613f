import { encodeForm } from '../../../shared/push/form.ts';
import type { Push } from '../../../shared/push/push.ts';

/** Verbs that make the app do something once, however often it is told at the same time. */
const signalVerbs: ReadonlySet<string> = new Set(['NotifyTextMessage', 'NotifyReprovision']);

/**
 * What two pushes share if one attempt serves both, their form: the app fetches its messages or reloads its configuration once
 * either way. Everything they say must be the same. `undefined` for a push that must be attempted for itself,
 * such as a text that is shown as often as it is sent.
 */
export function signalOf(push: Push): string | undefined {
  return signalVerbs.has(push.verb) ? encodeForm(push.parameters) : undefined;
}
