/** What the registry has of a device for an account. Moments are milliseconds since the start of the run. */
export interface State {
  readonly kind: 'device' | 'removed' | 'none';
  readonly since: number;
  /** When the device was last seen, or removed. */
  readonly ms: number;
  /** The request that wrote it. */
  readonly by: number;
}

/** A device of an account, with everything that it was. */
export interface Pair {
  readonly device: number;
  readonly account: number;
  readonly states: State[];
  /** Since when it is registered without a break. Only valid while it is. */
  registeredSince: number;
  /** The newest of its reports that was ever written. */
  lastSeenMs: number;
  /** The last removal that was answered and must have left a mark. */
  removedAt: number;
}

/** How long a mark of a removal is valid. */
export const markMs = 86_400_000;

const nothing: State = { kind: 'none', since: 0, ms: -1, by: -1 };

/** What the registry has by what the history says of its writes. */
export type Mirror = ReturnType<typeof createMirror>;

export function createMirror() {
  const byAccount = new Map<number, Pair[]>();
  const byDevice = new Map<number, Pair[]>();
  const add = (pairs: Map<number, Pair[]>, key: number, pair: Pair) => {
    const those = pairs.get(key) ?? [];
    pairs.set(key, those);
    those.push(pair);
  };
  const ofDevice = (device: number): readonly Pair[] => byDevice.get(device) ?? [];
  const ofAccount = (account: number): readonly Pair[] => byAccount.get(account) ?? [];
  const pairOf = (device: number, account: number): Pair => {
    const known = ofDevice(device).find((pair) => pair.account === account);
    if (known) return known;
    const pair: Pair = { device, account, states: [nothing], registeredSince: -1, lastSeenMs: -1, removedAt: -1 };
    add(byAccount, account, pair);
    add(byDevice, device, pair);
    return pair;
  };
  return {
    pairOf,
    ofDevice,
    ofAccount,
    write(pair: Pair, state: State) {
      if (state.kind === 'device' && stateOf(pair).kind !== 'device') pair.registeredSince = state.since;
      if (state.kind === 'device') pair.lastSeenMs = Math.max(pair.lastSeenMs, state.ms);
      pair.states.push(state);
    },
    registered: (account: number) => ofAccount(account).filter((pair) => stateOf(pair).kind === 'device').length,
    marks: (account: number, at: number) =>
      ofAccount(account).filter((pair) => {
        const { kind, ms } = stateOf(pair);
        return kind === 'removed' && at < ms + markMs;
      }).length,
    *all(): Generator<Pair> {
      for (const pairs of byAccount.values()) yield* pairs;
    },
  };
}

export function stateOf({ states }: Pair): State {
  return states.at(-1) ?? nothing;
}

/** The states that a pair has had since a moment, with the one of that moment. */
export function statesSince({ states }: Pair, moment: number): State[] {
  const first = states.findLastIndex(({ since }) => since < moment);
  return states.slice(Math.max(0, first));
}
