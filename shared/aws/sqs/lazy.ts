/**
 * Makes something with its first use, once for all. For `deliver`: nothing of a batch that is delivered goes to SQS,
 * and the SDK is two thirds of what a new instance would load; so it is loaded for the first batch that fails.
 */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
