import type { InvocationEnding } from './event-source-mapping.ts';

/** What a client reads of an answer of the API. */
export interface ApiAnswer {
  /** 0: there is no answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Of its JSON, as far as the client looks at it; each value may be absent. */
  readonly body: ApiBody;
}

interface ApiBody {
  readonly id?: string;
  readonly ids?: readonly string[];
  /** What became of each push of a batch. */
  readonly results?: readonly (Pick<ApiBody, 'id' | 'ids'> & { readonly code: number })[];
  /** What became of a report or a removal. */
  readonly result?: unknown;
}

export const noAnswer: ApiAnswer = { status: 0, headers: {}, body: {} };

/** The answer of a function behind the API. */
export function apiAnswerOf(ending: InvocationEnding): ApiAnswer {
  const answer: unknown = ending.ok ? ending.answer : undefined;
  const isResponse = typeof answer === 'object' && answer !== null && 'statusCode' in answer && 'body' in answer;
  if (!isResponse || typeof answer.statusCode !== 'number') return noAnswer;
  const headers = 'headers' in answer ? (answer.headers as ApiAnswer['headers']) : {};
  return { status: answer.statusCode, headers, body: JSON.parse(String(answer.body)) as ApiBody };
}
