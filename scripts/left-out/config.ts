import { never } from './never.ts';

/**
 * In place of `@smithy/core/config`, which reads the environment, files and the metadata of an instance for whatever
 * is not configured. The client says everything.
 */
export const loadConfig = (): never => never('the search for a configuration');
export const booleanSelector = (): never => never('the search for a configuration');

// What is sought there, by names that other modules put into options.
export const SelectorType = { ENV: 'env', CONFIG: 'shared config entry' } as const;
export const CONFIG_PREFIX_SEPARATOR = '.';
export const REGION_ENV_NAME = 'AWS_REGION';
export const REGION_INI_NAME = 'region';
export const NODE_REGION_CONFIG_OPTIONS = {};
export const NODE_REGION_CONFIG_FILE_OPTIONS = {};
export const NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS = {};
export const NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS = {};

/** Here the one part that is used: other parts of the client ask for these as functions. */
export const resolveRegionConfig = <T extends { region: string; useFipsEndpoint: boolean }>(configuration: T) => {
  const { region, useFipsEndpoint } = configuration;
  return Object.assign(configuration, {
    region: () => Promise.resolve(region),
    useFipsEndpoint: () => Promise.resolve(useFipsEndpoint),
  });
};

export const resolveDefaultsModeConfig =
  ({ defaultsMode }: { readonly defaultsMode: string }) =>
  () =>
    Promise.resolve(defaultsMode);
