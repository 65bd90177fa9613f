import type { EncodingFault, Field, Parameter } from './form.ts';
import { commonParameters, documentedParameters, pushOf, verbs, type Push } from './push.ts';
import { characterRefusedBySqs } from './sqs-text.ts';

/** What kind of fault a parameter has: for programs, so that they need not read the detail. */
export type FaultCode =
  | 'missing'
  | 'empty'
  | 'repeated'
  | 'unknown'
  | 'misspelt'
  | 'white-space'
  | 'percent-encoding'
  | 'utf-8'
  | 'character'
  | 'too-long'
  | 'too-many'
  | 'base64'
  | 'event'
  | 'forbidden';

/** One thing that is wrong with a request, told to the person who sent it. */
export interface Fault {
  /** The parameter as it was sent (long names cut), or absent where the fault is the whole body's. */
  readonly parameter?: string;
  readonly code: FaultCode;
  /** What is wrong and what to do, as a sentence. */
  readonly detail: string;
}

/** Identifiers, in which white space can only come from a wrong encoding: base64, bundle ids, hexadecimal. */
const identifiers: ReadonlySet<string> = new Set(['AppId', 'DeviceToken', 'Selector']);

/** Bounds of a request that the gateway's document leaves open. Far beyond what any known client sends. */
export const bounds = { parameters: 64, nameCharacters: 128 } as const;

/** How strict a deployment is. */
export interface PushRules {
  /** Verbs allowed besides the documented ones; nothing is required of them beyond the common parameters. */
  readonly extraVerbs: readonly string[];
  /** Whether NotifyTextMessage must come with a Selector. Some old clients never sent one. */
  readonly selectorRequired: boolean;
}

export type PushReading =
  { readonly ok: true; readonly push: Push } | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads a push from a decoded form: either all of it is well, or all that is wrong is told at once. */
export function validatePush(fields: readonly Field[], rules: PushRules): PushReading {
  const faults: Fault[] = [];
  let judged = fields;
  if (fields.length > bounds.parameters) {
    const detail = `The form has ${String(fields.length)} parameters; at most ${String(bounds.parameters)} are taken.`;
    faults.push({ code: 'too-many', detail });
    // Thousands of others would have thousands of faults; those of the documented ones are told all the same.
    judged = fields.filter(({ name }) => meantBy(name) !== undefined);
  }
  const byName = Map.groupBy(judged, (field) => field.name);
  // A documented name has thousands of wrong cases: no answer is to be many times as large as its request.
  for (const [name, ofThisName] of byName.entries().take(bounds.parameters)) {
    faults.push(...faultsOfField(name, ofThisName, byName));
  }

  const verbField = fieldMeantAs('verb', byName);
  const sentVerb = verbField !== undefined && 'value' in verbField ? verbField.value : undefined;
  const verb = verbMeantBy(sentVerb, rules);
  if (sentVerb !== undefined && sentVerb !== '' && sentVerb !== verb) faults.push(unknownVerb(verb, rules));
  for (const name of [...commonParameters, ...requiredBy(verb, rules)]) faults.push(...faultsOfAbsence(name, byName));

  const push = pushOf(fields.flatMap((field): Parameter[] => ('value' in field ? [[field.name, field.value]] : [])));
  return push !== undefined && faults.length === 0 ? { ok: true, push } : { ok: false, faults };
}

type FieldsByName = ReadonlyMap<string, readonly Field[]>;

/** The documented parameter that a name is, or is in the wrong case. */
function meantBy(name: string): string | undefined {
  return documentedParameters.find((known) => known.toLowerCase() === name.toLowerCase());
}

/** The field of a documented parameter, if need be under its misspelt name: so that its other faults are told as well. */
function fieldMeantAs(parameter: string, byName: FieldsByName): Field | undefined {
  const name = byName.has(parameter) ? parameter : byName.keys().find((sent) => meantBy(sent) === parameter);
  return name === undefined ? undefined : byName.get(name)?.[0];
}

/** The verbs that a deployment takes: the documented ones, and those that it allows besides. */
export function knownVerbs(rules: PushRules): string[] {
  return [...verbs.keys(), ...rules.extraVerbs];
}

/** The known verb that a value is, or is in the wrong case. */
function verbMeantBy(value: string | undefined, rules: PushRules): string | undefined {
  const known = knownVerbs(rules);
  return known.find((verb) => verb === value) ?? known.find((verb) => verb.toLowerCase() === value?.toLowerCase());
}

function requiredBy(verb: string | undefined, { selectorRequired }: PushRules): readonly string[] {
  const required = verbs.get(verb ?? '')?.required ?? [];
  return selectorRequired ? required : required.filter((name) => name !== 'Selector');
}

function faultsOfField(name: string, ofThisName: readonly Field[], byName: FieldsByName): Fault[] {
  const parameter = cut(name);
  const faults: Fault[] = [];
  const meant = meantBy(name);
  if (meant !== undefined && meant !== name) {
    const detail = byName.has(meant)
      ? `Parameter names are case-sensitive and ${meant} is there already: leave ${parameter} out.`
      : `Parameter names are case-sensitive: did you mean ${meant}?`;
    faults.push({ parameter, code: 'misspelt', detail });
  }
  if (name.length > bounds.nameCharacters) {
    const detail = `The name is longer than ${String(bounds.nameCharacters)} characters.`;
    faults.push({ parameter, code: 'too-long', detail });
  }
  if (ofThisName.length > 1) {
    const detail = `${parameter} is there ${String(ofThisName.length)} times: send it once.`;
    faults.push({ parameter, code: 'repeated', detail });
  }
  const refusedInName = characterRefusedBySqs(name);
  if (refusedInName !== undefined) faults.push(refusedCharacter(parameter, 'name', refusedInName));
  // A parameter that is repeated has its faults told once for each kind, not once for each time.
  const kindsTold = new Set<string>();
  for (const fault of ofThisName.flatMap((field) => faultsOfText(parameter, field))) {
    if (!kindsTold.has(fault.code)) faults.push(fault);
    kindsTold.add(fault.code);
  }
  return faults;
}

function faultsOfText(parameter: string, field: Field): Fault[] {
  if ('fault' in field) {
    return [{ parameter, code: field.fault, detail: `${parameter} ${encodingDetail[field.fault]}` }];
  }
  const faults: Fault[] = [];
  const refused = characterRefusedBySqs(field.value);
  if (refused !== undefined) faults.push(refusedCharacter(parameter, 'value', refused));
  if (identifiers.has(meantBy(field.name) ?? '') && /\s/.test(field.value)) {
    const detail = `${parameter} has white space in it: a '+' must be sent as %2B, and nothing may follow the value.`;
    faults.push({ parameter, code: 'white-space', detail });
  }
  return faults;
}

const encodingDetail = {
  'percent-encoding': "has a '%' without two hexadecimal digits after it: a '%' must be sent as %25.",
  'utf-8': 'is not valid UTF-8: send text as percent-encoded UTF-8.',
} as const satisfies Record<EncodingFault, string>;

function refusedCharacter(parameter: string, where: 'name' | 'value', character: string): Fault {
  const detail = `The ${where} of ${parameter} has the character ${character}, which the queue does not take: leave it out.`;
  return { parameter, code: 'character', detail };
}

function unknownVerb(meant: string | undefined, rules: PushRules): Fault {
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`;
  const detail = `The verb is not known here.${question} The known ones are ${knownVerbs(rules).join(', ')}.`;
  return { parameter: 'verb', code: 'unknown', detail };
}

function faultsOfAbsence(name: string, byName: FieldsByName): Fault[] {
  const field = fieldMeantAs(name, byName);
  if (field === undefined) return [{ parameter: name, code: 'missing', detail: `${name} is missing.` }];
  const isEmpty = 'value' in field && field.value === '';
  return isEmpty ? [{ parameter: field.name, code: 'empty', detail: `${field.name} is empty.` }] : [];
}

function cut(name: string): string {
  // Not within a surrogate pair, whose half would be no text.
  return name.length > 64 ? `${name.slice(0, 64).replace(/[\uD800-\uDBFF]$/, '')}…` : name;
}
