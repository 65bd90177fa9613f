import { bounds } from '../../shared/push/validation.ts';
import { accountOf, pushTo } from './accounts.ts';
import { maxBodyBytes } from './byte-mutations.ts';
import type { SentPush } from './oracle.ts';

const required: ReadonlyMap<string, readonly string[]> = new Map([
  ['NotifyTextMessage', ['verb', 'AppId', 'DeviceToken', 'Selector']],
  ['NotifyGenericTextMessage', ['verb', 'AppId', 'DeviceToken', 'Message']],
  ['NotifyReprovision', ['verb', 'AppId', 'DeviceToken']],
]);
const documented = ['verb', 'AppId', 'DeviceToken', 'Selector', 'Message'];

/** Whether the rules of the gateway's document and the bounds of the relay allow a push: the same rules, written again. */
export function isValid(push: SentPush): boolean {
  const account = accountOf(push);
  if (account === undefined) return isValidForDevice(push);
  const names = push.parameters.map(([name]) => name);
  return (
    account.length >= 1 &&
    account.length <= 256 &&
    isAllowed(account) &&
    names.filter((name) => isSameIgnoringCase(name, 'Account')).length === 1 &&
    !names.some((name) => ['AppId', 'DeviceToken', 'Selector'].includes(name)) &&
    isValidForDevice(pushTo({ appId: 'a', deviceToken: 't', selector: 's' }, push))
  );
}

function isValidForDevice({ parameters, isBroken }: SentPush): boolean {
  const values = new Map(parameters);
  const names = required.get(values.get('verb') ?? '');
  return (
    !isBroken &&
    names !== undefined &&
    names.every((name) => values.get(name)) &&
    values.size === parameters.length &&
    values.size <= bounds.parameters &&
    parameters.every(([name, value]) => name.length <= bounds.nameCharacters && isAllowed(name) && isAllowed(value)) &&
    parameters.every(
      ([name]) => documented.includes(name) || !documented.some((one) => isSameIgnoringCase(one, name)),
    ) &&
    ['AppId', 'DeviceToken', 'Selector'].every((name) => !/\s/.test(values.get(name) ?? ''))
  );
}

/** Whether a push of a batch is larger than one push may be. */
export function isTooLarge({ parameters }: SentPush): boolean {
  return Buffer.byteLength(parameters.flat().join('')) > maxBodyBytes;
}

function isSameIgnoringCase(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
function isAllowed(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- the pattern looks for them
  return text.isWellFormed() && !/[\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/.test(text);
}
