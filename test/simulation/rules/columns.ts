/** Whole numbers by the number of what they belong to. */
export interface Column {
  readonly get: (index: number) => number;
  readonly set: (index: number, value: number) => void;
  /** @returns the new value. */
  readonly add: (index: number, value?: number) => number;
}

/** Creates a column that grows as it is written. What was not written has the initial value. */
export function createColumn(initial = 0): Column {
  let values = new Int32Array(1024).fill(initial);
  const get = (index: number) => values[index] ?? initial;
  const set = (index: number, value: number) => {
    if (index < 0) return;
    if (index >= values.length) {
      const grown = new Int32Array(Math.max(values.length * 2, index + 1)).fill(initial, values.length);
      grown.set(values);
      values = grown;
    }
    values[index] = value;
  };
  return {
    get,
    set,
    add(index, value = 1) {
      const sum = get(index) + value;
      set(index, sum);
      return sum;
    },
  };
}

/** The distribution of measured numbers. */
export interface Distribution {
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

export function distributionOf(values: readonly number[]): Distribution {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}
