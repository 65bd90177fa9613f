const units = ['kB', 'MB', 'GB'] as const;

/** An amount of bytes as a person reads it, such as `12.3 MB`. */
export function formatBytes(bytes: number): string {
  let [amount, unit]: [number, string] = [bytes, 'B'];
  for (const larger of units) {
    if (amount < 1000) break;
    [amount, unit] = [amount / 1000, larger];
  }
  return `${unit === 'B' ? String(amount) : amount.toFixed(1)} ${unit}`;
}
