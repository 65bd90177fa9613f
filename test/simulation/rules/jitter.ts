import type { DeliveryPolicy } from '../../../functions/deliver/policy/decision.ts';

/** Whether delays are spread evenly over the time that the policy leaves to chance. */
export interface JitterCheck {
  /** @param grown the seconds of the backoff without jitter and cap. */
  readonly add: (grown: number, seconds: number) => void;
  readonly isEven: () => boolean;
  /** How many delays each tenth of the time that is left to chance has. */
  readonly words: () => string;
}

const parts = 10;
/** Delays are whole seconds, so a short range has no ten parts. */
const leastRangeSeconds = 30;
/** With fewer delays, chance alone can make a part twice or a third of its share. */
const enoughDelays = 500;

export function createJitterCheck({ backoffCapSeconds }: DeliveryPolicy): JitterCheck {
  const below = createParts();
  const atCap = createParts();
  return {
    add(grown, seconds) {
      if (grown >= backoffCapSeconds) atCap.add(seconds, backoffCapSeconds * 0.9, backoffCapSeconds * 0.1);
      else if (2 * grown <= backoffCapSeconds * 0.9) below.add(seconds, grown, grown);
    },
    isEven: () => below.isEven() && atCap.isEven(),
    words: () => (below.isEven() ? `delays at the cap: ${atCap.words()}` : `delays below the cap: ${below.words()}`),
  };
}

function createParts() {
  const counts = new Array<number>(parts).fill(0);
  let all = 0;
  return {
    add(seconds: number, least: number, range: number) {
      if (range < leastRangeSeconds) return;
      const part = Math.floor(((seconds - 0.5 - least) / range) * parts);
      const index = Math.min(parts - 1, Math.max(0, part));
      counts[index] = (counts[index] ?? 0) + 1;
      all += 1;
    },
    isEven: () =>
      all < enoughDelays || counts.every((count) => count > (all / parts) * 0.3 && count < (all / parts) * 2),
    words: () => `the tenths of their range have ${counts.join(', ')}`,
  };
}
