import * as v from 'valibot';

export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

/**
 * Reads the JSON body of a request to the API, or says everything that is wrong with it. The messages of the schema
 * continue a sentence that begins with the name: `must be …`.
 */
export function readBody<const Entries extends v.ObjectEntries>(
  text: string,
  schema: v.StrictObjectSchema<Entries, undefined>,
): Reading<v.InferOutput<typeof schema>> {
  const names = Object.keys(schema.entries);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, error: `The body is not JSON: send an object with ${names.join(', ')}.` };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { ok: false, error: `The body must be a JSON object with ${names.join(', ')}.` };
  }
  const read = v.safeParse(schema, json);
  if (read.success) return { ok: true, value: read.output };
  const faults = read.issues.map((issue) => {
    const name = v.getDotPath(issue) ?? 'The body';
    const isOfTheBody = issue.path?.length === 1;
    if (issue.type !== 'strict_object') return `${name} ${issue.message}.`;
    if (issue.expected !== 'never')
      return `${name} ${issue.received === 'undefined' ? 'is missing' : 'must be an object'}.`;
    return `${name} is unknown${isOfTheBody ? `: use ${names.join(', ')}` : ''}.`;
  });
  return { ok: false, error: faults.join(' ') };
}
