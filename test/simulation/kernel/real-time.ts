import { AsyncLocalStorage } from 'node:async_hooks';

/** The clock of the libraries that read the time themselves. */
const clockOfLibraries = new AsyncLocalStorage<() => number>();

/**
 * Does some work in which `Date.now()` and `new Date()` have the time of this clock although they otherwise throw: for
 * libraries that do not take the time as an argument, as the code of the relay does.
 */
export function withClock<T>(now: () => number, work: () => T): T {
  return clockOfLibraries.run(now, work);
}

/** The opposite, within such work: for code of the relay that a library calls. */
export function withoutClock<T>(work: () => T): T {
  return clockOfLibraries.exit(work);
}

/** What a run must not use. */
const refused = {
  'Math.random': [Math, 'random'],
  'performance.now': [performance, 'now'],
  'AbortSignal.timeout': [AbortSignal, 'timeout'],
  setTimeout: [globalThis, 'setTimeout'],
  setInterval: [globalThis, 'setInterval'],
  'crypto.randomUUID': [crypto, 'randomUUID'],
} as const satisfies Record<string, readonly [holder: object, name: string]>;

let runs = 0;
let restore: (() => void)[] = [];

/** Does some work during which real time and real chance throw. Only for a process that does nothing else meanwhile. */
export async function withoutRealTime<T>(work: () => Promise<T>): Promise<T> {
  // Runs may be within each other, or at the same time.
  runs += 1;
  if (runs === 1) restore = replaceAll();
  try {
    return await work();
  } finally {
    runs -= 1;
    if (runs === 0) for (const one of restore) one();
  }
}

/** @returns what undoes it. */
function replaceAll(): (() => void)[] {
  const timeFor = (words: string): number => {
    const now = clockOfLibraries.getStore();
    return now === undefined ? refuse(words) : now();
  };
  const VirtualDate = new Proxy(Date, {
    construct: (target, [value = timeFor('the present date'), ...others]: [number?]) => new target(value, ...others),
  });
  return [
    ...Object.entries(refused).map(([words, [holder, name]]) => replace(holder, name, () => refuse(words))),
    replace(Date, 'now', () => timeFor('Date.now')),
    replace(globalThis, 'Date', VirtualDate),
  ];
}

function refuse(words: string): never {
  throw new Error(`the simulation must not use ${words}`);
}

/** Replaces a property. @returns what undoes that. */
function replace(holder: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  Object.defineProperty(holder, name, { configurable: true, writable: true, value });
  return () => {
    // What a prototype has shows again once the own property is gone.
    if (before === undefined) Reflect.deleteProperty(holder, name);
    else Object.defineProperty(holder, name, before);
  };
}
