import type { GatewayFormat } from '../gateway-format.ts';
import type { Field, Parameter, ValueFault } from './form.ts';
import { commonParameters, documentedParameters, pushOf, requiresSelector, verbs, type Push } from './push.ts';
import { characterRefusedBySqs, sqsText } from './sqs-text.ts';

export const faultCodes = [
  'missing',
  'empty',
  'repeated',
  'misspelt',
  'unknown',
  'white-space',
  'percent-encoding',
  'utf-8',
  'character',
  'too-long',
  'too-many',
  'too-large',
  'nested',
  'number',
  'object',
  'json',
  'ttl',
  'idempotency-key',
  'base64',
  'event',
  'conflict',
  'forbidden',
] as const;

type FaultCode = (typeof faultCodes)[number];

/** @typeParam Code the codes of pushes, unless another list is named. */
export interface Fault<Code extends string = FaultCode> {
  /**
   * The name of the parameter as it was sent, or cut if it is long, with U+FFFD for what SQS does not accept; absent if
   * the fault is not that of one parameter.
   */
  readonly parameter?: string;
  readonly code: Code;
  /** What is wrong and what to do, as a sentence. */
  readonly detail: string;
}

/** Limits that the gateway's document leaves open; no known client comes near them. */
export const bounds = {
  parameters: 64,
  nameCharacters: 128,
  batchPushes: 1000,
  batchBytes: 1_048_576,
  /** A look-up takes 1 to 2 ms of a CPU, of which `accept` has a seventh: 200 of them take 2 s of its 10. */
  batchAccounts: 200,
} as const;

/** Parameters in which white space is always an encoding fault: they are base64, bundle ids or hexadecimal. */
const identifiers: ReadonlySet<string> = new Set(['AppId', 'DeviceToken', 'Selector']);

/** How strict a deployment is. */
export interface PushRules {
  /** Verbs accepted besides those in `verbs`; they require the common parameters only. */
  readonly extraVerbs: readonly string[];
  /** Whether the verbs that require a Selector are refused without one. Some old clients never send it. */
  readonly selectorRequired: boolean;
  /** The gateway whose requirements a push must meet. Absent: those of the gateway of forms. */
  readonly gatewayFormat?: GatewayFormat;
}

type PushReading =
  { readonly ok: true; readonly push: Push } | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads a push from its decoded fields, or reports everything that is wrong with it. */
export function validatePush(fields: readonly Field[], rules: PushRules): PushReading {
  const faults: Fault[] = [];
  let checked = fields;
  if (fields.length > bounds.parameters) {
    const count = `The push has ${String(fields.length)} parameters; the maximum is ${String(bounds.parameters)}.`;
    faults.push({ code: 'too-many', detail: count });
    // Thousands of parameters could have thousands of faults, so only those of the documented ones are reported.
    checked = fields.filter(({ name }) => documentedNameOf(name) !== undefined);
  }
  const byName = Map.groupBy(checked, ({ name }) => name);
  // Even a documented name can be written in thousands of wrong cases, and the answer must not be many times as long as
  // the request.
  for (const [name, occurrences] of byName.entries().take(bounds.parameters)) {
    faults.push(...faultsOfParameter(name, occurrences, byName));
  }

  const verbField = findField('verb', byName);
  const sentVerb = verbField !== undefined && 'value' in verbField ? verbField.value : '';
  const verb = findIgnoringCase(knownVerbs(rules), sentVerb);
  if (sentVerb !== '' && sentVerb !== verb) faults.push(unknownVerb(verb, rules));
  for (const name of [...commonParameters, ...requiredBy(verb, rules)]) faults.push(...faultsOfAbsence(name, byName));

  const push = pushOf(fields.flatMap((field): Parameter[] => ('value' in field ? [[field.name, field.value]] : [])));
  return push !== undefined && faults.length === 0 ? { ok: true, push } : { ok: false, faults };
}

/** The verbs that a deployment accepts. */
export function knownVerbs(rules: PushRules): string[] {
  return [...new Set([...verbs.keys(), ...rules.extraVerbs])];
}

/** The parameters that a deployment requires with a verb, besides the common ones. */
export function requiredBy(
  verb: string | undefined,
  { selectorRequired, gatewayFormat }: PushRules,
): readonly string[] {
  if (verb === undefined) return [];
  const others = (verbs.get(verb)?.required ?? []).filter((name) => name !== 'Selector');
  return selectorRequired && requiresSelector(verb, gatewayFormat) ? ['Selector', ...others] : others;
}

type FieldsByName = ReadonlyMap<string, readonly Field[]>;

/** The text itself if it is a known one, or else a known one that differs only in case. */
function findIgnoringCase(known: readonly string[], text: string): string | undefined {
  return known.includes(text) ? text : known.find((one) => one.toLowerCase() === text.toLowerCase());
}

function documentedNameOf(name: string): string | undefined {
  return findIgnoringCase(documentedParameters, name);
}

/** The field of a documented parameter, or of its misspelt name, so that its other faults are reported as well. */
function findField(parameter: string, byName: FieldsByName): Field | undefined {
  const name = byName.has(parameter) ? parameter : byName.keys().find((sent) => documentedNameOf(sent) === parameter);
  return byName.get(name ?? parameter)?.[0];
}

/** The faults of what was sent of one parameter. */
export function faultsOfParameter(
  name: string,
  occurrences: readonly Field[],
  byName: FieldsByName = new Map(),
): Fault[] {
  const parameter = shorten(name);
  const faults: Fault[] = [];
  const add = (code: FaultCode, detail: string) => {
    faults.push({ parameter, code, detail });
  };
  const documentedName = documentedNameOf(name);
  if (documentedName !== undefined && documentedName !== name) {
    add('misspelt', detailOfMisspelling(parameter, documentedName, byName.has(documentedName)));
  }
  if (name.length > bounds.nameCharacters) {
    add('too-long', `The name ${parameter} is longer than ${String(bounds.nameCharacters)} characters.`);
  }
  if (occurrences.length > 1)
    add('repeated', `${parameter} is sent ${String(occurrences.length)} times: send it once.`);
  const character = characterRefusedBySqs(name);
  if (character !== undefined) add('character', refusedCharacter(`The name ${parameter}`, character));
  // A repeated parameter reports each kind of fault once, not once for each occurrence.
  const ofValues = new Map(occurrences.flatMap((field) => faultsOfValue(parameter, field)));
  for (const [code, detail] of ofValues) add(code, detail);
  return faults;
}

/** What is wrong with a parameter whose name differs only in case from a known one. @param isPresent whether that is sent too. */
export function detailOfMisspelling(parameter: string, meant: string, isPresent: boolean): string {
  const remedy = isPresent ? `, and ${meant} is already present: remove ${parameter}.` : `: did you mean ${meant}?`;
  return `Parameter names are case-sensitive${remedy}`;
}

function faultsOfValue(parameter: string, field: Field): [FaultCode, string][] {
  if ('fault' in field) return [[field.fault, `${parameter} ${valueFaults[field.fault]}`]];
  const faults: [FaultCode, string][] = [];
  const character = characterRefusedBySqs(field.value);
  if (character !== undefined) faults.push(['character', refusedCharacter(parameter, character)]);
  if (identifiers.has(documentedNameOf(field.name) ?? '') && /\s/.test(field.value)) {
    const detail = `${parameter} contains white space: send none, and encode '+' as %2B in a form.`;
    faults.push(['white-space', detail]);
  }
  return faults;
}

const valueFaults = {
  'percent-encoding': "has a '%' that is not followed by two hexadecimal digits: encode '%' as %25.",
  'utf-8': 'is not valid UTF-8, or has half of a surrogate pair: send text as UTF-8, and U+FFFD itself as an escape.',
  nested: 'is an object or an array: send a string, a whole number, true, false or null.',
  number: 'is not a whole number, or too large for one to be exact: send it as a string.',
} as const satisfies Record<ValueFault, string>;

function refusedCharacter(subject: string, character: string): string {
  return `${subject} contains the character ${character}, which Amazon SQS does not accept: remove it.`;
}

const namedVerbs = 10;

function unknownVerb(meant: string | undefined, rules: PushRules): Fault {
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`;
  const known = knownVerbs(rules);
  // Each push of a batch may name them, and an answer has at most 6 MB.
  const more = known.length > namedVerbs ? ', …' : '';
  const detail = `The verb is unknown.${question} Known verbs are ${known.slice(0, namedVerbs).join(', ')}${more}.`;
  return { parameter: 'verb', code: 'unknown', detail };
}

function faultsOfAbsence(name: string, byName: FieldsByName): Fault[] {
  const field = findField(name, byName);
  if (field === undefined) return [{ parameter: name, code: 'missing', detail: `${name} is missing.` }];
  const isEmpty = 'value' in field && field.value === '';
  return isEmpty ? [{ parameter: field.name, code: 'empty', detail: `${field.name} is empty.` }] : [];
}

/**
 * A name as an answer shows it. Without the characters that SQS refuses, which JSON makes six times as long: 1,000 pushes
 * full of them would have an answer above the 6 MB of a function.
 */
function shorten(name: string): string {
  return sqsText(name.length > 64 ? `${name.slice(0, 64).replace(/[\uD800-\uDBFF]$/, '')}…` : name);
}
