import type { Rules } from '../rules/rules.ts';
import { dayMs, promptMs, type RegistryRuleContext } from './context.ts';
import { stateOf } from './mirror.ts';

/** An index is at most a second behind its table. */
const indexLagMs = 2000;

/** Rules of the events on the queue `prunes`: each is handled, once or again. */
export function createEventRules(
  { registry, violate, skewMs }: RegistryRuleContext,
  violateOfNone: (what: string) => void,
) {
  const { mirror, events, batches } = registry;
  const counts = { kept: 0 };
  const rules: Rules = {
    on: {
      eventSettled({ a, b, at }) {
        const event = events.get(a);
        if (event === undefined) return;
        const receivedAt = batches.get(b)?.at ?? at;
        const registered = mirror.ofDevice(event.device).filter((pair) => stateOf(pair).kind === 'device');
        if (registered.length > 0) counts.kept += 1;
        for (const pair of registered) {
          const { ms } = stateOf(pair);
          const wasThere = pair.registeredSince < receivedAt - indexLagMs;
          const isOlder = ms <= event.sentAt - skewMs;
          const isClear = event.sentAt - ms >= dayMs + skewMs || at - event.sentAt <= promptMs - skewMs;
          if (event.isConfirmed && wasThere && isOlder && isClear) {
            violate('an event is settled, but its device stays', pair);
          }
        }
      },
    },
    atEnd() {
      const { eventsWaiting } = registry;
      if (eventsWaiting > 0) violateOfNone('an event of an unregistered device still waits at the end');
    },
  };
  return { rules, counts };
}
