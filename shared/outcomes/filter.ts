import { deadLetterReasons } from '../push/dead-letter.ts';
import { outcomeKinds } from './outcome-event.ts';

/** The queues that an event can name. */
export const queueNames = ['pushes', 'sweeps'] as const;

/** The attributes of an event that a filter can name, with all the values of those that have few. */
const attributeValues = {
  outcome: outcomeKinds,
  reason: deadLetterReasons,
  confirmed: ['true', 'false'],
  verb: undefined,
  appId: undefined,
  client: undefined,
  queue: queueNames,
} as const;

type FilterAttribute = keyof typeof attributeValues;

/**
 * Which events a subscriber gets, as SNS and JSON have it: for each attribute that is named, the event must have one of
 * the values.
 */
export type FilterPolicy = Readonly<Partial<Record<FilterAttribute, readonly string[]>>>;

/** SNS multiplies the numbers of values: https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html */
const limits = { attributes: 5, combinations: 150 } as const;

/**
 * Reads a filter: conditions separated by `;`, the values of each by `,`. An event must meet all conditions. An empty
 * text is the filter that every event passes.
 */
export function parseFilter(text: string): { readonly value: FilterPolicy } | { readonly faults: readonly string[] } {
  const faults: string[] = [];
  const policy = new Map<FilterAttribute, string[]>();
  const conditions = text
    .split(';')
    .map((condition) => condition.trim())
    .filter((condition) => condition !== '');
  if (conditions.length === 0 && text.trim() !== '')
    faults.push('has no condition: write one such as reason=unregistered, or remove it');
  for (const condition of conditions) {
    const [name = '', values, ...more] = condition.split('=').map((part) => part.trim());
    if (values === undefined || more.length > 0) {
      faults.push(`"${condition}" must have the form ATTRIBUTE=VALUE or ATTRIBUTE=VALUE,VALUE`);
    } else if (!isAttribute(name)) {
      faults.push(`"${name}" is not an attribute: use one of ${Object.keys(attributeValues).join(', ')}`);
    } else if (policy.has(name)) {
      faults.push(`${name} is there twice: write its values after one =, separated by commas`);
    } else {
      const list = values.split(',').map((value) => value.trim());
      policy.set(name, list);
      faults.push(...faultsOfValues(name, list));
    }
  }
  const value: FilterPolicy = Object.fromEntries(policy);
  faults.push(...faultsOfSize(value));
  return faults.length === 0 ? { value } : { faults };
}

/** What SNS would refuse of a filter because it is too large. */
export function faultsOfSize(policy: FilterPolicy): string[] {
  const lists = Object.values(policy);
  const combinations = lists.reduce((product, { length }) => product * length, 1);
  const faults: string[] = [];
  if (lists.length > limits.attributes) {
    faults.push(`names ${String(lists.length)} attributes: SNS allows ${String(limits.attributes)}`);
  }
  if (combinations > limits.combinations) {
    faults.push(
      `has ${String(combinations)} combinations of values: SNS allows ${String(limits.combinations)}, so leave some out`,
    );
  }
  return faults;
}

function isAttribute(name: string): name is FilterAttribute {
  return Object.hasOwn(attributeValues, name);
}

function faultsOfValues(name: FilterAttribute, values: readonly string[]): string[] {
  const known: readonly string[] | undefined = attributeValues[name];
  return [...new Set(values)].flatMap((value) => {
    if (value === '') return [`${name} has an empty value: remove it, or a comma`];
    if (/["\\]/.test(value)) return [`${name} has a quotation mark or a backslash, which a filter cannot compare`];
    if (known?.includes(value) === false) {
      return [`"${value}" is not a value of ${name}: use one of ${known.join(', ')}`];
    }
    return [];
  });
}
