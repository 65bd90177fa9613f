import type { TokenWord } from '../api.ts';

/** What the gateway does with a push. */
export type Treatment =
  | { readonly kind: 'accept'; readonly afterMs: number }
  /** @param times absent: always. */
  | { readonly kind: 'fail'; readonly status: number; readonly times?: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'unregistered' }
  | { readonly kind: 'refuse'; readonly words: string };

interface Word extends TokenWord {
  readonly pattern: RegExp;
  /** @param numbers those in the token. */
  readonly treat: (...numbers: readonly number[]) => Treatment;
}

const words: readonly Word[] = [
  {
    token: 'fail-STATUS',
    example: 'fail-500',
    answer: 'always answers with this status, from 200 to 599',
    pattern: /^fail-([2-5]\d\d)$/,
    treat: (status = 0) => ({ kind: 'fail', status }),
  },
  {
    token: 'fail-STATUS-N',
    example: 'fail-500-2',
    answer: 'answers with this status to the first N attempts of a push, then accepts it',
    pattern: /^fail-([2-5]\d\d)-(\d{1,6})$/,
    treat: (status = 0, times = 0) => ({ kind: 'fail', status, times }),
  },
  {
    token: 'slow-MS',
    example: 'slow-2000',
    answer: 'accepts after this number of milliseconds',
    pattern: /^slow-(\d{1,6})$/,
    treat: (afterMs = 0) => ({ kind: 'accept', afterMs }),
  },
  {
    token: 'reset',
    example: 'reset',
    answer: 'closes the connection without an answer',
    pattern: /^reset$/,
    treat: () => ({ kind: 'reset' }),
  },
  {
    token: 'unregistered',
    example: 'unregistered',
    answer: 'answers 200 with {"code":404,…}: the device is no longer registered',
    pattern: /^unregistered$/,
    treat: () => ({ kind: 'unregistered' }),
  },
];

/** What a token must be that looks like a word with a number. */
const misspelt: Readonly<Record<string, string>> = {
  'fail-': 'fail-STATUS or fail-STATUS-N, with a STATUS from 200 to 599',
  'slow-': 'slow-MS, with 1 to 6 digits',
};

/** The DeviceTokens that choose what the gateway answers. It accepts any other. */
export const tokenWords: readonly TokenWord[] = words.map(({ token, example, answer }) => ({
  ...{ token, example, answer },
}));

/** What the gateway does with a push to this token. */
export function treatmentOf(deviceToken: string): Treatment {
  for (const { pattern, treat } of words) {
    const match = pattern.exec(deviceToken);
    if (match !== null) return treat(...match.slice(1).map(Number));
  }
  const [prefix, rule] = Object.entries(misspelt).find(([start]) => deviceToken.startsWith(start)) ?? [];
  return prefix === undefined || rule === undefined
    ? { kind: 'accept', afterMs: 0 }
    : { kind: 'refuse', words: `A DeviceToken that begins with ${prefix} must be ${rule}.` };
}
