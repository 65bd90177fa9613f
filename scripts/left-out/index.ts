/** The modules of the SDK that are left out of the bundles, each with what stands in for it. */
export const leftOut: Readonly<Record<string, string>> = {
  '@aws-sdk/core/httpAuthSchemes': './scripts/left-out/http-auth-schemes.ts',
  '@aws-sdk/credential-provider-node': './scripts/left-out/credential-provider-node.ts',
  '@smithy/core/checksum': './scripts/left-out/checksum.ts',
  '@smithy/core/config': './scripts/left-out/config.ts',
  '@smithy/core/event-streams': './scripts/left-out/event-streams.ts',
  '@smithy/node-http-handler': './scripts/left-out/node-http-handler.ts',
};
