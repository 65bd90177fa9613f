type Values = Readonly<Record<string, string>>;

const listeners = new Set<(values: Values) => void>();

/** Asks the form to take these parameters of a push, and the focus. */
export function sendTo(values: Values): void {
  for (const take of listeners) take(values);
}

/** Has the form take what other parts of the page ask for. @returns a function that ends it. */
export function onSendTo(take: (values: Values) => void): () => void {
  listeners.add(take);
  return () => listeners.delete(take);
}
