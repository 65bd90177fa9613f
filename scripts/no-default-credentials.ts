/**
 * Replaces `@aws-sdk/credential-provider-node` in the bundles. That package looks for credentials in files, single
 * sign-on and other services; every client of the functions has its `credentials` set.
 */
export const defaultProvider = () => () =>
  Promise.reject(new Error('the bundle has no default credentials: set the option credentials of the client'));
