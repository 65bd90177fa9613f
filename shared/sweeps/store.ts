/** The bucket, as a sweep needs it. Whatever its service refuses is thrown, but for what each function tells. */
export interface Store {
  /** What lies right under a folder. */
  readonly list: (folder: string) => Promise<Listing>;
  /** `undefined` where there is no such object. */
  readonly readText: (key: string) => Promise<StoredText | undefined>;
  /** The bytes of an object. @param etag the version that is meant: `undefined` is also the answer where it is gone. */
  readonly open: (key: string, etag?: string) => Promise<OpenedObject | undefined>;
  /** What an object is at the moment; `undefined` where there is none. */
  readonly look: (key: string) => Promise<Omit<StoredObject, 'key'> | undefined>;
  /** @returns the new ETag, or `undefined` where the condition did not hold and nothing was written. */
  readonly write: (key: string, text: string, condition?: WriteCondition) => Promise<string | undefined>;
  readonly remove: (key: string) => Promise<void>;
}

/** Only where there is nothing yet, or only where it is still this version. */
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

export interface StoredText {
  readonly text: string;
  readonly etag: string;
}

export interface OpenedObject {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly etag: string;
  readonly size: number;
}
