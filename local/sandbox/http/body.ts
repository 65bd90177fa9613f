import type { Context, Env } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
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

/** How long a body may be. */
interface Bound {
  readonly bytes: number;
  /** What a longer one is told. */
  readonly words: string;
}

/** More than the longest values take that are valid, also if each character is escaped. */
const usualBound: Bound = { bytes: 65_536, words: 'The body must have at most 65,536 bytes.' };

/** The body of a request as text. @throws HTTPException if it is too long or not UTF-8. */
export async function textOf(c: Context<Env, string>, { bytes: maxSize, words }: Bound = usualBound): Promise<string> {
  const onError = () => {
    throw new HTTPException(413, { message: words });
  };
  await bodyLimit({ maxSize, onError })(c, () => Promise.resolve());
  const bytes = await c.req.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HTTPException(400, { message: 'The body is not UTF-8: send it in this encoding.' });
  }
}

/** The JSON body of a request. @throws HTTPException with everything that is wrong with it. */
export async function bodyOf<const Entries extends v.ObjectEntries>(
  c: Context<Env, string>,
  schema: v.StrictObjectSchema<Entries, undefined>,
  bound?: Bound,
): Promise<v.InferOutput<typeof schema>> {
  const reading = readBody(await textOf(c, bound), schema);
  if (reading.ok) return reading.value;
  throw new HTTPException(400, { message: reading.error });
}
