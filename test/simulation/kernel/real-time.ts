/** What a run must not use, and how each is replaced until the run is over. */
const replaceable = {
  'Date.now': [Date, 'now'],
  'Math.random': [Math, 'random'],
  'performance.now': [performance, 'now'],
  'AbortSignal.timeout': [AbortSignal, 'timeout'],
  setTimeout: [globalThis, 'setTimeout'],
  setInterval: [globalThis, 'setInterval'],
  'crypto.randomUUID': [crypto, 'randomUUID'],
} as const satisfies Record<string, readonly [holder: object, name: string]>;

/** Does some work during which real time and real chance throw. Only for a process that does nothing else meanwhile. */
export async function withoutRealTime<T>(work: () => Promise<T>): Promise<T> {
  const restore: (() => void)[] = [];
  for (const [words, [holder, name]] of Object.entries(replaceable)) {
    const before = Object.getOwnPropertyDescriptor(holder, name);
    const refuse = () => {
      throw new Error(`the simulation must not use ${words}`);
    };
    Object.defineProperty(holder, name, { configurable: true, writable: true, value: refuse });
    restore.push(() => {
      // What a prototype has shows again once the own property is gone.
      if (before === undefined) Reflect.deleteProperty(holder, name);
      else Object.defineProperty(holder, name, before);
    });
  }
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct(target, values: [] | [number]) {
      if (values.length === 0) throw new Error('the simulation must not use the present date');
      return new target(...values);
    },
  });
  restore.push(() => {
    globalThis.Date = RealDate;
  });
  try {
    return await work();
  } finally {
    for (const one of restore) one();
  }
}
