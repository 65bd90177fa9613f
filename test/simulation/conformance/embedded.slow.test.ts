import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { questions } from './questions/all.ts';
import { startEmbeddedServices, type RealSubject } from './real.ts';

let embedded: RealSubject;
beforeAll(async () => {
  embedded = await startEmbeddedServices();
});
afterAll(() => embedded.close());

describe('the embedded services answer as AWS documents, or as the question says', () => {
  // Most of the time of a question is waiting.
  it.concurrent.each(questions.map((question) => [question.title, question] as const))('%s', async (_, question) => {
    expect([question.embedded ?? question.aws].flat()).toContain(await question.ask(embedded));
  });
});
