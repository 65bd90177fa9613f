import { never } from './never.ts';

/**
 * In place of `@aws-sdk/credential-provider-node`, which looks for credentials in files, single sign-on, processes and
 * other services, and brings a client for each. Lambda gives them in the environment.
 */
export const defaultProvider = (): never => never('the search for credentials');
