import { Option, type Command } from 'commander';
import * as v from 'valibot';
import type { PlaceOptions } from './connection.ts';

/**
 * Adds the options that say which relay is meant.
 * @param given other options by which it can be given, which the local stack does not take.
 * @param found what is found in the outputs of its stack.
 */
export function addPlaceOptions(command: Command, given: readonly string[], found: string): void {
  command
    .addOption(
      new Option('--local', 'the local stack of npm start, at AWS_PORT').conflicts([
        ...['region', 'stage', 'stack', ...given],
      ]),
    )
    .addOption(new Option('--stage <name>', 'the stage that was deployed').default('dev'))
    .option('--region <name>', 'the region that it was deployed to (default: AWS_REGION, or us-east-1)')
    .option('--stack <name>', `the CloudFormation stack whose outputs name ${found} (default: pnm2-relay-STAGE)`);
}

/** What `addPlaceOptions` takes. */
export const placeEntries = {
  local: v.optional(v.boolean(), false),
  stage: v.string(),
  region: v.optional(v.string()),
  stack: v.optional(v.string()),
};

/** Reads what `addPlaceOptions` takes. */
export function readPlaceOptions(command: Command): PlaceOptions {
  return v.parse(v.object(placeEntries), command.opts());
}
