import type { Outcome } from '../../../functions/deliver/policy/outcome.ts';
import type { Plant } from '../plant.ts';

/** Faults of `deliver` in what it takes for an outage or a wrong address, and for its end. */
export const outagePlants = {
  'outlast-delivery': {
    summary: 'deliver takes the gateway for down although it has delivered a push',
    ...{ scenario: 'very-slow', pushes: 150, fault: 'a push waits as in an outage, although there is none' },
    deliver: withOutage((outcome) => outcome.kind !== 'delivered'),
  },
  'outlast-refusal': {
    summary: 'deliver takes the gateway for down although it has refused a push',
    ...{ scenario: 'refusals-in-outage', pushes: 150, fault: 'a push waits as in an outage, although there is none' },
    deliver: withOutage(({ kind }) => kind !== 'rejected' && kind !== 'unregistered'),
  },
  'suspect-address-late': {
    summary: 'deliver suspects an address whose name is not found only at the third failure',
    ...{ scenario: 'lost-names', pushes: 300, fault: 'more than one attempt of a batch in an outage' },
    deliver(dependencies) {
      const { outage } = dependencies;
      let faults = 0;
      const record: typeof outage.record = (outcome, ...rest) => {
        faults = 'isAddressFault' in outcome ? faults + 1 : outcome.status === undefined ? faults : 0;
        outage.record(outcome, ...rest);
      };
      return {
        ...dependencies,
        outage: { ...outage, record, isSuspected: () => faults !== 2 && outage.isSuspected() },
      };
    },
  },
  'outlast-answer': {
    summary: 'deliver suspects the address although the gateway has answered',
    ...{ scenario: 'lost-names', pushes: 150, fault: 'a push waits as in an outage, although there is none' },
    deliver(dependencies) {
      const { outage } = dependencies;
      let faults = 0;
      const record: typeof outage.record = (outcome, ...rest) => {
        if ('isAddressFault' in outcome) faults += 1;
        outage.record(outcome, ...rest);
      };
      return { ...dependencies, outage: { ...outage, record, isSuspected: () => faults >= 2 || outage.isSuspected() } };
    },
  },
  'trust-pages': {
    summary: 'deliver takes a page of a proxy for a proof of the address',
    ...{ scenario: 'wrong-address-pages', pushes: 60, fault: 'a device is called dead without proof' },
    deliver: (dependencies) => {
      const { outage } = dependencies;
      const record: typeof outage.record = (outcome, ...rest) => {
        const { kind, status } = outcome;
        outage.record(kind === 'delivered' ? { kind, status } : outcome, ...rest);
      };
      return { ...dependencies, outage: { ...outage, record } };
    },
  },
  'probe-refused-app': {
    summary: 'deliver tries a push of an app that has failed in an outage',
    ...{ scenario: 'unknown-host', pushes: 150, fault: 'another push of a batch is to be tried in an outage' },
    deliver: ({ outage, ...dependencies }) => ({
      ...dependencies,
      outage: { ...outage, hasFailed: (appId) => !outage.hasFailed(appId) },
    }),
  },
} as const satisfies Readonly<Record<string, Plant>>;

/** The state of an outage that learns of some outcomes only. */
function withOutage(isLearned: (outcome: Outcome) => boolean): NonNullable<Plant['deliver']> {
  return ({ outage, ...dependencies }) => ({
    ...dependencies,
    outage: {
      ...outage,
      record(outcome, ...rest) {
        if (isLearned(outcome)) outage.record(outcome, ...rest);
      },
    },
  });
}
