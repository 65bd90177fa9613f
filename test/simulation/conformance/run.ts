import pMap from 'p-map';
import { readOptions } from '../../support/options.ts';
import { askModel } from './model.ts';
import { questions } from './questions/all.ts';
import { connectToAws, startEmbeddedServices, type RealSubject } from './real.ts';
import { answerOf, asDocumented, asEmbedded, faultsOf, report, verdict, type Respondent } from './report.ts';

const usage = `Asks the models of SQS, SNS, DynamoDB and S3, and the embedded services, the same questions, and prints a table of their
answers.

npm run conform -- [--aws]

--aws asks AWS as well, with the credentials of AWS_PROFILE, or of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in the
region AWS_REGION. It creates about 70 queues, 7 topics, a table and a bucket whose names begin with pnm2-relay-conform-,
makes some hundreds of calls, and deletes them at the end, also after Ctrl-C. It ends after ten minutes at most.`;

/** For all questions, and then for the deletion of queues and others there is time until ten minutes are over. */
const limitMs = 8 * 60_000;
/** More would be throttled, and most of the time of a question is waiting. */
const questionsAtOnce = 8;

process.exitCode = await main();

async function main(): Promise<number> {
  const asksAws = readOptions(usage, [], ['aws']).flag('aws');
  const missing = asksAws ? missingForAws(process.env) : undefined;
  if (missing !== undefined) {
    console.error(missing);
    return 1;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop.abort(new Error('interrupted'));
    });
  }
  const embedded = await startEmbeddedServices();
  const aws = asksAws ? connectToAws() : undefined;
  try {
    return await ask(embedded, aws, AbortSignal.any([stop.signal, AbortSignal.timeout(limitMs)]));
  } finally {
    const left = [...(await embedded.close()), ...((await aws?.close()) ?? [])];
    if (left.length > 0)
      console.error(
        `These queues, topics, tables or buckets could not be deleted: ${left.join(', ')}. Delete them yourself.`,
      );
  }
}

async function ask(embedded: RealSubject, aws: AwsSubject | undefined, signal: AbortSignal): Promise<number> {
  if (aws !== undefined) {
    const fault = await faultOfAccess(aws);
    if (fault !== undefined) {
      console.error(fault);
      return 1;
    }
    console.error(`Asking AWS, with queues, topics, a table and a bucket named ${aws.namePrefix}….`);
  }
  const respondents: readonly Respondent[] = [
    { name: 'model', ask: askModel, expected: asDocumented },
    { name: 'embedded', ask: (question) => question.ask(embedded), expected: asEmbedded },
    ...(aws
      ? [{ name: 'AWS', ask: (question) => question.ask(aws), expected: asDocumented } satisfies Respondent]
      : []),
  ];
  const answered = await pMap(
    questions,
    async (question) => ({
      question,
      answers: await Promise.all(respondents.map((respondent) => answerOf(respondent, question, signal))),
    }),
    { concurrency: questionsAtOnce },
  );
  if (signal.aborted) {
    console.error(`Not all questions were answered: ${signal.reason instanceof Error ? signal.reason.message : ''}.`);
    return 130;
  }
  console.log(report(respondents, answered));
  const faults = faultsOf(respondents, answered);
  for (const fault of faults) console.error(fault);
  console.log(
    faults.length === 0
      ? `\n${verdict(respondents, questions)}`
      : `\n${String(questions.length)} questions, and answers that are not the expected ones: ${String(faults.length)}.`,
  );
  return faults.length === 0 ? 0 : 1;
}

type AwsSubject = ReturnType<typeof connectToAws>;

/** Why AWS lets these credentials create no queue, no table or no bucket. */
async function faultOfAccess(aws: AwsSubject): Promise<string | undefined> {
  try {
    await Promise.all([aws.createQueue({ visibilitySeconds: 30 }), aws.openTable(), aws.openBucket()]);
    return undefined;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
    return `AWS cannot be asked: ${name}: ${message.replaceAll(/\s+/g, ' ')}`;
  }
}

function missingForAws(environment: NodeJS.ProcessEnv): string | undefined {
  const isSet = (name: string) => Boolean(environment[name]);
  const hasKeys = isSet('AWS_ACCESS_KEY_ID') && isSet('AWS_SECRET_ACCESS_KEY');
  const missing = [
    ...(hasKeys || isSet('AWS_PROFILE') ? [] : ['AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY']),
    ...(isSet('AWS_REGION') ? [] : ['AWS_REGION']),
  ];
  return missing.length === 0 ? undefined : `AWS cannot be asked: set ${missing.join('; and ')}.`;
}
