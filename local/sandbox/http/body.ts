import type { Context, Env } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type * as v from 'valibot';
import { readBody } from '../read-body.ts';

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
