/** `1 device`, `2 devices`. @param noun whose plural adds an s. */
export function counted(number: number, noun: string): string {
  return `${String(number)} ${number === 1 ? noun : `${noun}s`}`;
}
