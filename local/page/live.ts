import { useEffect, useReducer } from 'preact/hooks';
import type {
  LiveEvents,
  Sample,
  ShownBehaviour,
  ShownDeadLetters,
  ShownPhone,
  ShownPhones,
  ShownPush,
  ShownQueue,
  ShownSweeps,
  StackInfo,
} from '../sandbox/api.ts';

/** What the page knows of the local stack. */
export interface LiveState {
  /** Absent until the sandbox has answered. */
  readonly stack?: StackInfo;
  readonly isConnected: boolean;
  /** Newest first. */
  readonly pushes: readonly ShownPush[];
  readonly kept: number;
  readonly dropped: number;
  /** Oldest first. */
  readonly samples: readonly Sample[];
  readonly queues: readonly ShownQueue[];
  readonly deadLetters: ShownDeadLetters;
  readonly sweeps: ShownSweeps;
  /** In their order. */
  readonly phones: readonly ShownPhone[];
  readonly droppedPhones: number;
  /** How the gateway behaves. Absent until the sandbox has answered. */
  readonly behaviour?: ShownBehaviour;
}

const nothing: LiveState = {
  isConnected: false,
  pushes: [],
  kept: 0,
  dropped: 0,
  samples: [],
  queues: [],
  deadLetters: { total: 0, byReason: {}, deadLetters: [] },
  sweeps: { sweeps: [], total: 0 },
  phones: [],
  droppedPhones: 0,
};

/** The samples that the chart shows. */
const keptSamples = 600;

type LiveEvent = {
  [Name in keyof LiveEvents]: { readonly name: Name; readonly data: LiveEvents[Name] };
}[keyof LiveEvents];
type Change = LiveEvent | { readonly name: 'open' | 'error' };

const eventNames = [
  'start',
  'pushes',
  'samples',
  'queues',
  'deadLetters',
  'sweeps',
  'phones',
  'behaviour',
] as const satisfies (keyof LiveEvents)[];

function reduce(state: LiveState, change: Change): LiveState {
  switch (change.name) {
    case 'open':
      return { ...state, isConnected: true };
    case 'error':
      return { ...state, isConnected: false };
    case 'start':
      return { ...nothing, isConnected: true, stack: change.data };
    case 'pushes': {
      const { pushes, kept, dropped } = change.data;
      return { ...state, pushes: merge(state.pushes, pushes, kept), kept, dropped };
    }
    case 'samples':
      return { ...state, samples: [...state.samples, ...change.data].slice(-keptSamples) };
    case 'queues':
      return { ...state, queues: change.data };
    case 'deadLetters':
      return { ...state, deadLetters: change.data };
    case 'sweeps':
      return { ...state, sweeps: change.data };
    case 'phones':
      return { ...state, phones: inOrder(state.phones, change.data), droppedPhones: change.data.dropped };
    case 'behaviour':
      return { ...state, behaviour: change.data };
    default:
      return change satisfies never;
  }
}

/** Follows the sandbox. The browser reconnects by itself, and the sandbox then sends what was missed. */
export function useLive(): LiveState {
  const [state, dispatch] = useReducer(reduce, nothing);
  useEffect(() => {
    const source = new EventSource('/events');
    for (const name of eventNames) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) => {
        // The page and the sandbox are one version.
        dispatch({ name, data: JSON.parse(data) as never });
      });
    }
    for (const name of ['open', 'error'] as const) {
      source.addEventListener(name, () => {
        dispatch({ name });
      });
    }
    return () => {
      source.close();
    };
  }, []);
  return state;
}

/** The pushes with those that have changed, newest first. */
function merge(known: readonly ShownPush[], changed: readonly ShownPush[], kept: number): ShownPush[] {
  const changes = new Map(changed.map((push) => [push.id, push]));
  const merged = known.map((push) => {
    const change = changes.get(push.id);
    changes.delete(push.id);
    return change ?? push;
  });
  return [...changes.values(), ...merged].slice(0, kept);
}

/** The phones with those that have changed. */
function inOrder(known: readonly ShownPhone[], { phones, ids }: ShownPhones): ShownPhone[] {
  const phoneOf = new Map([...known, ...phones].map((phone) => [phone.id, phone]));
  return ids.map((id) => phoneOf.get(id)).filter((phone) => phone !== undefined);
}
