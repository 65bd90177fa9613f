import { plansFolder } from './keys.ts';

/** The bucket of the sweeps. Its functions reject with the errors of the service. */
export interface Store {
  /** The objects and folders directly in a folder. */
  readonly list: (folder: string) => Promise<Listing>;
  /** `undefined` if there is no such object. */
  readonly readText: (key: string) => Promise<{ readonly text: string; readonly etag: string } | undefined>;
  /** @param etag the version to open; the answer is `undefined` if the object has another one, or does not exist. */
  readonly open: (key: string, etag?: string) => Promise<OpenedObject | undefined>;
  /** The properties of an object; `undefined` if there is no such object. */
  readonly head: (key: string) => Promise<Omit<StoredObject, 'key'> | undefined>;
  /** @returns the new ETag, or `undefined` if the condition did not hold and nothing was written. */
  readonly write: (key: string, text: string, condition?: WriteCondition) => Promise<string | undefined>;
  readonly remove: (key: string) => Promise<void>;
}

/** Write only if there is no such object, or only if it still has this version. */
export type WriteCondition = { readonly kind: 'absent' } | { readonly kind: 'unchanged'; readonly etag: string };

export interface StoredObject {
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly placedMs: number;
}

export interface Listing {
  readonly objects: readonly StoredObject[];
  /** Each ends in a slash. */
  readonly folders: readonly string[];
}

export interface OpenedObject {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly etag: string;
}

/** The objects that are plans, or should be. */
export async function listPlans(store: Store): Promise<readonly StoredObject[]> {
  const { objects } = await store.list(plansFolder);
  // The S3 console creates an object for the folder itself.
  return objects.filter(({ key }) => key !== plansFolder);
}
