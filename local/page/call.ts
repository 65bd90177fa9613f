import type { ApiProblem } from '../sandbox/api.ts';

/** What the page says when it gets no answer. */
export const noAnswer = 'The local stack does not answer. Is npm start running?';

/** Calls the API of the sandbox. @returns what is wrong, or `undefined`. */
export async function call(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<string | undefined> {
  const response = await fetch(path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) }).catch(
    () => undefined,
  );
  if (response === undefined) return noAnswer;
  if (response.ok) return undefined;
  const problem = (await response.json().catch(() => ({}))) as Partial<ApiProblem>;
  return problem.error ?? `The sandbox answered ${String(response.status)}.`;
}
