import type { Question } from '../subject.ts';
import { deleteQuestions } from './deletes.ts';
import { objectQuestions } from './objects.ts';
import { publishQuestions } from './publishes.ts';
import { receiveQuestions } from './receives.ts';
import { redriveQuestions } from './redrive.ts';
import { sendQuestions } from './sends.ts';
import { tableConditionQuestions } from './table-conditions.ts';
import { tableReadQuestions } from './table-reads.ts';
import { tableWriteQuestions } from './table-writes.ts';
import { uploadQuestions } from './uploads.ts';
import { visibilityQuestions } from './visibility.ts';

/** What the relay relies on of the services, and what it must not rely on. */
export const questions: readonly Question[] = [
  ...visibilityQuestions,
  ...deleteQuestions,
  ...redriveQuestions,
  ...receiveQuestions,
  ...sendQuestions,
  ...publishQuestions,
  ...tableConditionQuestions,
  ...tableWriteQuestions,
  ...tableReadQuestions,
  ...objectQuestions,
  ...uploadQuestions,
];
