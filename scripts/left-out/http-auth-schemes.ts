import { never } from './never.ts';

/** In place of `@aws-sdk/core/httpAuthSchemes`: the client has a scheme with a signer and credentials of its own. */
export function AwsSdkSigV4Signer(): never {
  never("the SDK's signer");
}

export const NODE_AUTH_SCHEME_PREFERENCE_OPTIONS = {};

/** There it makes a signer of what is configured. */
export const resolveAwsSdkSigV4Config = <T>(configuration: T): T => configuration;
