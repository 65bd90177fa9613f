import { table } from '../../../shared/table.ts';
import type { Question } from './subject.ts';

/** Whom a run asks, with the answers that are right. */
export interface Respondent {
  readonly name: string;
  readonly ask: (question: Question) => Promise<string>;
  readonly expected: (question: Question) => readonly string[];
}

export interface Answered {
  readonly question: Question;
  /** One per respondent. */
  readonly answers: readonly string[];
}

export const asDocumented = ({ aws }: Question) => [aws].flat();

export const asEmbedded = (question: Question) => [question.embedded ?? question.aws].flat();

/** Asks one respondent. A failure, or the end of the time, counts as an answer. */
export async function answerOf({ ask }: Respondent, question: Question, signal: AbortSignal): Promise<string> {
  const interrupted = new Promise<never>((_, reject) => {
    const stop = () => {
      reject(new Error(signal.reason instanceof Error ? signal.reason.message : 'interrupted'));
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([ask(question), interrupted]);
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The answers as a table, and below it where the embedded SQS is known to differ from AWS. */
export function report(respondents: readonly Respondent[], answered: readonly Answered[]): string {
  const rows = answered.map(({ question, answers }) => [question.title, ...answers]);
  const differences = answered.flatMap(({ question: { title, aws, embedded, source } }) =>
    embedded === undefined ? [] : [title, `  AWS: ${[aws].flat().join(', or ')}. ${source}`],
  );
  return [
    ...table(['question', ...respondents.map(({ name }) => name)], rows),
    '',
    'The embedded services are known to differ from AWS, which the models follow, in:',
    ...differences,
  ].join('\n');
}

/** One line for each answer that is not the right one. */
export function faultsOf(respondents: readonly Respondent[], answered: readonly Answered[]): string[] {
  return answered.flatMap(({ question, answers }) =>
    respondents.flatMap(({ name, expected }, index) => {
      const answer = answers[index] ?? '';
      const right = expected(question);
      if (right.includes(answer)) return [];
      return [`${question.title} ${name} answers "${answer}" instead of "${right.join('" or "')}": ${question.source}`];
    }),
  );
}

/** The line that ends a run in which all answer as expected. */
export function verdict(respondents: readonly Respondent[], questions: readonly Question[]): string {
  const differences = questions.filter(({ embedded }) => embedded !== undefined).length;
  const all = respondents.some(({ name }) => name === 'AWS') ? 'the models and AWS' : 'the models';
  return `${String(questions.length)} questions: ${all} answer all as documented; the embedded services differ as known in ${String(differences)}.`;
}
