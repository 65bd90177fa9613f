import { hash } from 'node:crypto';
import { deviceHash } from '../../shared/push/redaction.ts';
import type { DeviceName } from '../../shared/registry/device.ts';
import type { PhoneAccount, ShownNotification, ShownPhone, ShownPhones } from './api.ts';
import type { Mutable, ReceivedRequest } from './pushes.ts';
import { isAccepted } from './gateway/wire.ts';

interface Phone {
  readonly shown: Mutable<Omit<ShownPhone, 'notifications'>> & { notifications: Mutable<ShownNotification>[] };
  /** Phones are numbered as they appear. */
  readonly number: number;
  /** The hash of the newest notification's push. */
  newest?: string;
}

export interface PhonesOptions {
  /** How many phones are kept. */
  readonly kept?: number;
  readonly now: () => number;
  readonly onChange: () => void;
}

export type Phones = ReturnType<typeof createPhones>;

const keptNotifications = 20;
/** Apple and Google take 4 KiB. */
const textCharacters = 4096;

/** The devices that pushes were sent to and those that were added, with what their users would see. */
export function createPhones({ kept = 200, now, onChange }: PhonesOptions) {
  /** The one whose last push is oldest comes first. */
  const phones = new Map<string, Phone>();
  let revision = 0;
  let dropped = 0;
  let appeared = 0;

  const isoNow = () => new Date(now()).toISOString();
  const isChosen = ({ shown }: Phone) => shown.account !== undefined || shown.isMarkedDead;
  const change = (phone: Phone) => {
    revision += 1;
    phone.shown.revision = revision;
    onChange();
  };
  const remove = (id: string) => {
    phones.delete(id);
    revision += 1;
    onChange();
  };
  /** A sweep over many devices must not displace the phones that somebody works with. */
  const dropBeyond = () => {
    while (phones.size > kept) {
      const [first] = phones.keys();
      const id = [...phones].find(([, phone]) => !isChosen(phone))?.[0] ?? first;
      if (id === undefined) return;
      phones.delete(id);
      dropped += 1;
    }
  };
  const take = ({ appId, deviceToken }: DeviceName): Phone => {
    const id = deviceHash(appId, deviceToken);
    let phone = phones.get(id);
    if (phone === undefined) {
      appeared += 1;
      const shown = { isDead: false, isMarkedDead: false, notifications: [], olderNotifications: 0 };
      phone = { shown: { id, revision, appId, deviceToken, ...shown }, number: appeared };
    }
    phones.delete(id);
    phones.set(id, phone);
    return phone;
  };
  const notify = (phone: Phone, { parameters, body }: ReceivedRequest, at: string) => {
    const { shown } = phone;
    const values = new Map(parameters);
    if (values.has('Badge')) shown.badge = values.get('Badge') ?? '';
    const push = hash('sha256', body);
    const [newest] = shown.notifications;
    if (newest !== undefined && phone.newest === push) {
      newest.times += 1;
      newest.at = at;
      return;
    }
    phone.newest = push;
    shown.notifications.unshift({ at, ...notificationOf(values), times: 1 });
    if (shown.notifications.length > keptNotifications) {
      shown.notifications.pop();
      shown.olderNotifications += 1;
    }
  };

  return {
    /** The gateway has answered a push. @param status `null`: it closed the connection without an answer. */
    answered(request: ReceivedRequest, status: number | null) {
      const values = new Map(request.parameters);
      const [appId, deviceToken] = [values.get('AppId'), values.get('DeviceToken')];
      if (!appId || !deviceToken) return;
      const phone = take({ appId, deviceToken });
      const at = isoNow();
      phone.shown.lastAttempt = { at, status };
      if (isAccepted(status)) {
        phone.shown.isDead = false;
        notify(phone, request, at);
      } else if (status === 404 || status === 410) phone.shown.isDead = true;
      change(phone);
      dropBeyond();
    },

    /** Whether the gateway must call this device unregistered. */
    isDead: (appId: string, deviceToken: string): boolean =>
      phones.get(deviceHash(appId, deviceToken))?.shown.isMarkedDead === true,

    find: (id: string): ShownPhone | undefined => phones.get(id)?.shown,

    /** Adds a phone, or gives it an account. */
    add(device: DeviceName, account?: PhoneAccount): ShownPhone {
      const phone = take(device);
      if (account !== undefined) phone.shown.account = account;
      change(phone);
      dropBeyond();
      return phone.shown;
    },

    mark(id: string, isDead: boolean): ShownPhone | undefined {
      const phone = phones.get(id);
      if (phone === undefined) return undefined;
      phone.shown.isDead = isDead;
      phone.shown.isMarkedDead = isDead;
      change(phone);
      return phone.shown;
    },

    /** @returns whether there was such a phone. */
    forget(id: string): boolean {
      const isKnown = phones.has(id);
      if (isKnown) remove(id);
      return isKnown;
    },

    forgetAll() {
      phones.clear();
      dropped = 0;
      revision += 1;
      onChange();
    },

    revision: () => revision,

    /** The phones that changed after this revision, in their order. */
    changedSince: (since: number): ShownPhones => {
      const ordered = [...phones.values()].sort(
        (a, b) => Number(isAdded(b)) - Number(isAdded(a)) || b.number - a.number,
      );
      const shown = ordered.map((phone) => phone.shown);
      return {
        phones: shown.filter((phone) => phone.revision > since),
        ids: shown.map(({ id }) => id),
        ...{ kept, dropped },
      };
    },
  };
}

function isAdded({ shown }: Phone): boolean {
  return shown.account !== undefined;
}

function notificationOf(values: ReadonlyMap<string, string>): Omit<ShownNotification, 'at' | 'times'> {
  const [message, selector] = [values.get('Message'), values.get('Selector')];
  const [badge, sound] = [values.get('Badge'), values.get('Sound')];
  // A cut inside a surrogate pair leaves half a character.
  const text = message?.slice(0, textCharacters).replace(/[\uD800-\uDBFF]$/, '');
  const moreCharacters = (message?.length ?? 0) - (text?.length ?? 0);
  return {
    verb: values.get('verb') ?? '',
    ...(text && { text }),
    ...(moreCharacters > 0 && { moreCharacters }),
    ...(selector && { selector }),
    ...(badge !== undefined && { badge }),
    ...(sound && { sound }),
  };
}
