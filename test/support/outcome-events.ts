import type { OutcomeEvent } from '../../shared/outcomes/outcome-event.ts';
import { registeredDevice } from './registry.ts';
import { acceptedAt } from './sqs-event.ts';

/** A confirmed event of the device of `registeredDevice`, as text. */
export function unregisteredEvent(changes: Readonly<Record<string, unknown>> = {}): string {
  const { appId, deviceToken, selector } = registeredDevice();
  const event: OutcomeEvent = {
    version: 1,
    id: '5f0c7a5e-0a52-4a6e-9a2c-5d1f3f1f9f0b',
    outcome: 'unregistered',
    reason: 'unregistered',
    confirmed: true,
    words: 'The token is not registered.',
    status: 404,
    attempts: 1,
    acceptedAt: acceptedAt.toISOString(),
    endedAt: acceptedAt.toISOString(),
    queue: 'pushes',
    push: { verb: 'NotifyTextMessage', appId, deviceToken, selector },
  };
  return JSON.stringify({ ...event, ...changes });
}
