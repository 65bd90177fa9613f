/**
 * The end of whatever is left out of the bundles: parts of the SDK that the client's configuration never reaches, and
 * that would be loaded with every new instance all the same. Each file here stands in for a module of the SDK, with
 * the names that other modules of it import; should one ever be reached, it says so.
 */
export function never(what: string): never {
  throw new Error(`${what} is left out of the bundle: the configuration of the client should not need it`);
}
