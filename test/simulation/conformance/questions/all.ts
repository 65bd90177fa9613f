import type { Question } from '../subject.ts';
import { deleteQuestions } from './deletes.ts';
import { publishQuestions } from './publishes.ts';
import { receiveQuestions } from './receives.ts';
import { redriveQuestions } from './redrive.ts';
import { sendQuestions } from './sends.ts';
import { visibilityQuestions } from './visibility.ts';

/** What the relay relies on of SQS and SNS, and what it must not rely on. */
export const questions: readonly Question[] = [
  ...visibilityQuestions,
  ...deleteQuestions,
  ...redriveQuestions,
  ...receiveQuestions,
  ...sendQuestions,
  ...publishQuestions,
];
