import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PublishBatchRequestEntry } from '@aws-sdk/client-sns';
import * as v from 'valibot';
import { parse } from 'yaml';
import type { OutcomeEvent } from '../../../shared/outcomes/outcome-event.ts';
import { kinds } from '../history.ts';
import { second } from '../scenario.ts';
import type { Base } from './base.ts';
import { messageNumberOf, type Queues } from './queues.ts';

const template = fileURLToPath(new URL('../../../infra/registry.yml', import.meta.url));
const filterPolicy = v.record(v.string(), v.array(v.string()));
const infrastructure = v.object({
  Resources: v.object({ Prunes: v.object({ Properties: v.object({ FilterPolicy: filterPolicy }) }) }),
});
const { Resources } = v.parse(infrastructure, parse(readFileSync(template, 'utf8'), { logLevel: 'error' }));
const filter = Object.entries(Resources.Prunes.Properties.FilterPolicy);

/** Subscribes the queue `prunes` to the topic. SNS delivers each event that passes the filter at least once. */
export function subscribePrunes({ options, scheduler, history, chanceFor }: Base, { prunes }: Queues) {
  const chance = chanceFor('subscription of prunes');
  const { eventSeconds } = options.scenario.registry ?? {};
  return ({ Message = '', MessageAttributes = {} }: PublishBatchRequestEntry) => {
    const passes = filter.every(([name, values]) => values.includes(MessageAttributes[name]?.StringValue ?? ''));
    if (!passes) return;
    const { id, confirmed } = JSON.parse(Message) as OutcomeEvent;
    const deliver = () => {
      const latest = eventSeconds ?? 0.2;
      scheduler.after(chance.between(0.01, latest) * second, () => {
        const { number } = prunes.send(Message);
        history.record(kinds.eventQueued, number, messageNumberOf(id), confirmed === true ? 1 : 0);
      });
    };
    deliver();
    if (chance.hits(0.01)) deliver();
  };
}
