import type { Push } from '../../../shared/push/push.ts';
import type { Outcome } from './outcome.ts';

type Device = Pick<Push, 'appId' | 'deviceToken'>;

/**
 * Whether the gateway is suspected to be down, or its address to be wrong:
 * - The gateway is suspected if a number of attempts in a row failed for reasons of the gateway and not of the push.
 *   The next other outcome ends this suspicion, a refusal as well as a delivery.
 * - The address is suspected if a number of different devices in a row got a final answer: the path or a proxy refuses
 *   them all, and not the gateway one by one. Only a delivery ends this suspicion.
 * - The address is suspected if the name was not found, or TLS failed, twice without an answer between. Any answer ends
 *   this suspicion.
 *
 * Each instance of the function has its own and keeps it from batch to batch. A wrong suspicion delays pushes but
 * loses none.
 */
export type Outage = ReturnType<typeof createOutage>;

interface AttemptTime {
  readonly ms: number;
  readonly endedAt: number;
}

/** How many make a suspicion; more than a few bad pushes can cause. */
export interface OutageLimits {
  /** Failures in a row. */
  readonly outageFailures: number;
  /** Devices in a row with a final answer. */
  readonly suspectFinalAnswers: number;
}

/**
 * One name that is not found, or one failure of TLS, is a lost DNS query or a load balancer that restarts. At an address
 * that works, an answer comes between two of them. A higher limit would only delay the alarm of a relay with few pushes.
 */
const suspectConnectionFaults = 2;

/** Up to this many devices in a row with a final answer are dead devices between living ones, and not yet a wrong address. */
const maxConfirmedRefusals = 3;

export function createOutage({ outageFailures, suspectFinalAnswers }: OutageLimits) {
  let failures = 0;
  /** The devices with a final answer since the last delivery, up to the limit. */
  const refused = new Set<string>();
  let lastStatus = 0;
  /** Failures that speak against the address, since the last answer. */
  let connectionFaults = 0;
  let lastConnectionFault = '';
  let lastFailure = '';
  let hasDelivered = false;
  /** The apps of all attempts since the last delivery. */
  const failedApps = new Set<string>();
  let restsUntil = -Infinity;
  const areAllRefused = () => refused.size >= suspectFinalAnswers;
  /** What speaks against the gateway's address; `undefined` if it is not suspected. */
  const addressFault = () => {
    if (connectionFaults >= suspectConnectionFaults) return lastConnectionFault;
    if (!areAllRefused()) return undefined;
    const devices = String(refused.size);
    return `${devices} different devices in a row were refused, the last with status ${String(lastStatus)}`;
  };
  return {
    isSuspected: () => failures >= outageFailures || addressFault() !== undefined,
    addressFault,
    /**
     * Whether the final answers come from the gateway beyond doubt: it has taken a push at this address, and has refused
     * only a few devices since. A suspicion comes too late for what cannot be undone, such as removing a device.
     */
    isAddressConfirmed: () => hasDelivered && refused.size <= maxConfirmedRefusals,
    /**
     * What is in the way of a push that is left out: the address fault, or the last failure. That can be of another push,
     * so it is in words of the relay, without those of the gateway.
     */
    obstacle: () => addressFault() ?? lastFailure,
    /** Whether a push of this app was attempted since the last delivery. A push of another app is a better probe. */
    hasFailed: (appId: string) => failedApps.has(appId),
    /**
     * Whether a push of this app may probe now. An attempt without an answer is followed by a pause that is as long, so
     * that an instance spends at least half of its time on handing back other batches: a full queue hands out the others
     * only then, and one that does not within four days loses them.
     */
    mayProbe: (appId: string, now: number) => now >= restsUntil || !failedApps.has(appId),
    record(outcome: Outcome, { appId, deviceToken }: Device, { ms, endedAt }: AttemptTime) {
      restsUntil = outcome.status === undefined ? endedAt + ms : -Infinity;
      failedApps.add(appId);
      if (outcome.status !== undefined) connectionFaults = 0;
      if ('isAddressFault' in outcome) {
        connectionFaults += 1;
        lastConnectionFault = outcome.failure;
      }
      switch (outcome.kind) {
        case 'delivered':
          failures = 0;
          refused.clear();
          failedApps.clear();
          // A page may be that of a proxy.
          if (outcome.isPage !== true) hasDelivered = true;
          break;
        case 'unregistered':
        case 'rejected':
          failures = 0;
          lastStatus = outcome.status;
          if (!areAllRefused()) refused.add(`${appId}\0${deviceToken}`);
          break;
        case 'throttled':
        case 'transient':
          failures += 1;
          lastFailure = 'failure' in outcome ? outcome.failure : `the gateway answered ${String(outcome.status)}`;
          break;
        default:
          outcome satisfies never;
      }
    },
  };
}

const gatewayFailures = {
  delivered: false,
  unregistered: false,
  rejected: false,
  throttled: true,
  transient: true,
} as const satisfies Record<Outcome['kind'], boolean>;

/** Whether an attempt failed for a reason of the gateway and not of the push. */
export function isGatewayFailure({ kind }: Outcome): boolean {
  return gatewayFailures[kind];
}
