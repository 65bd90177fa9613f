/** What the sandbox does with a push. It is chosen by the DeviceToken, so that a client alone can bring it about. */
export type Behaviour =
  | { readonly kind: 'accept' }
  /** Answers a status; after `times` answers to the same push it accepts, without it never. */
  | { readonly kind: 'fail'; readonly status: number; readonly times?: number }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'unregistered' };

/** Reads the behaviour from a DeviceToken; any other token is accepted. */
export function behaviourOf(deviceToken: string): Behaviour {
  if (deviceToken === 'reset' || deviceToken === 'unregistered') return { kind: deviceToken };
  const slow = /^slow-(\d{1,6})$/.exec(deviceToken);
  if (slow) return { kind: 'slow', delayMs: Number(slow[1]) };
  const fail = /^fail-([2-5]\d\d)(?:-(\d{1,6}))?$/.exec(deviceToken);
  if (!fail) return { kind: 'accept' };
  const status = Number(fail[1]);
  return fail[2] === undefined ? { kind: 'fail', status } : { kind: 'fail', status, times: Number(fail[2]) };
}
