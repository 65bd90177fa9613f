import { describe, expect, it } from 'vitest';
import { askModel } from './model.ts';
import { questions } from './questions/all.ts';

describe('the models answer as AWS documents', () => {
  it.each(questions.map((question) => [question.title, question] as const))('%s', async (_, question) => {
    expect([question.aws].flat()).toContain(await askModel(question));
  });
});
