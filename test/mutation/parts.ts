/** A part of the code whose tests are judged together. */
export interface Part {
  /** The files to change; `!` before a pattern leaves files out. */
  readonly mutate: readonly string[];
  /**
   * The tests that must notice. Tests that start processes are no use here: a child does not see the change. Titles must
   * be short: Stryker joins them in a regular expression, and a title of 100,000 characters makes it invalid (10.1.1).
   */
  readonly tests: readonly string[];
  /** The lowest score that passes, in percent: 95 for pure rules, 90 for the rest. */
  readonly lowestScore: number;
}

export const parts: Readonly<Record<string, Part>> = {
  // Equivalent survivors: a status of 200 is judged before, and only a transient outcome can be a fault of the address.
  policy: {
    mutate: ['functions/deliver/policy/*.ts'],
    tests: ['test/functions/deliver/policy/!(*.slow).test.ts'],
    lowestScore: 95,
  },
  // Equivalent survivors of the sweeps: conditions that only save time (device.ts: the check without validation; rows.ts:
  // the split without a parser and the parser for all lines at once; fingerprint.ts: which free slot is taken, and when
  // the table grows; the chunk size of gunzip), the fault of an object that is not a plan (tested with the function), or conditions that a later check repeats (plan.ts: Date.parse refuses words around
  // a time; run.ts: the id is compared with that of the run; lines.ts: what else may be thrown), and
  // sequences with the same fractions as those of the golden ratio (spread.ts).
  sweeps: {
    mutate: ['shared/duration.ts', 'shared/sweeps/**/*.ts', '!shared/sweeps/{plan-state,run-record,store}.ts'],
    tests: [
      'test/{cli,shared}/duration.test.ts',
      'test/shared/sweeps/*.test.ts',
      'test/shared/sweeps/list/{device,rows}.test.ts',
    ],
    lowestScore: 95,
  },
  sweep: {
    mutate: ['functions/sweep/!(index|config).ts', 'shared/sweeps/{run-record,store}.ts'],
    tests: [
      'test/functions/sweep/{blocks,claim,counts-queue,enqueue,except,handler,interrupted-slice.slow,outcomes,plan,runs,s3-client,slice}.test.ts',
      'test/shared/sweeps/{run-record,store}.test.ts',
    ],
    lowestScore: 90,
  },
  // Equivalent survivors: two conditions in form.ts only save time; two elsewhere only narrow a type (a time that is not
  // a string never equals what toISOString writes, and a form without a push always has a fault).
  push: {
    mutate: ['shared/push/*.ts'],
    tests: ['test/shared/push/*.test.ts', 'test/functions/deliver/attempt.test.ts'],
    lowestScore: 95,
  },
  // Equivalent survivor: what a fault returns in place of a key is never used.
  access: {
    mutate: ['shared/api-key.ts', 'functions/accept/access.ts'],
    tests: ['test/shared/api-key.test.ts', 'test/functions/accept/access.test.ts'],
    lowestScore: 95,
  },
  // Equivalent survivors: a header or a field with the value undefined is left out by JSON, and a text without U+FFFD and
  // lone surrogates is the same after the slow path of bytesOfText.
  accept: {
    mutate: [
      'functions/accept/{account-push,answer-once,batch,handler,idempotency,problem,push,queue,request,send-to-accounts}.ts',
      'shared/http/*.ts',
    ],
    tests: [
      'test/functions/accept/{access,account-batch,account-push,batch,handler,hostile-event,hostile-text,idempotency,limits,problem,queue,request}.test.ts',
      'test/marked-values.test.ts',
    ],
    lowestScore: 90,
  },
  // Survivors that slow tests notice: what ends calls in time (deadline.ts, the signals). Equivalent: defaults of pages without
  // items, consistent reads, which dynalite always makes, and the order of devices with the same lastSeen.
  registry: {
    mutate: [
      'functions/devices/{deadline,handler,problem,prune,removal,report,request,signature}.ts',
      'shared/registry/*.ts',
    ],
    tests: ['test/functions/devices/{answers,handler,order,prune}.test.ts', 'test/shared/registry/*.test.ts'],
    lowestScore: 90,
  },
  // Equivalent survivors: a long value is found by its beginning before its whole is searched; conditions of log-fields.ts
  // that only narrow types (a delivered push was read and attempted); a list of exactly a hundred values is its own sample.
  // A batch that waits for its workers can wait for a text too: it is no promise.
  deliver: {
    mutate: [
      'functions/deliver/{apply,attempt,handler,hide-parameters,log-fields,record}.ts',
      'shared/log.ts',
      'shared/aws/metrics.ts',
    ],
    tests: [
      'test/functions/deliver/{attempt,dead-letters,handler,hanging-services,hide-parameters,log,outcome-counts,outcome-event,record,repeats-text,time-to-live}.test.ts',
      'test/marked-values.test.ts',
      'test/shared/{log,aws/metrics}.test.ts',
    ],
    lowestScore: 90,
  },
  outcomes: {
    mutate: [
      'functions/deliver/{aws-calls,outcome-counts,outcome-event}.ts',
      'shared/outcomes/*.ts',
      'shared/aws/batch-calls.ts',
      'shared/aws/sns/publish.ts',
    ],
    tests: [
      'test/functions/deliver/{aws-calls,event-fields,outcome-counts,outcome-event}.test.ts',
      'test/shared/outcomes/*.test.ts',
      'test/shared/aws/{sns/publish,sqs/batches}.test.ts',
    ],
    lowestScore: 90,
  },
  // Equivalent survivors: the cause of an error that nobody reads; a timer that fires after its attempt has settled; a
  // deadline that is met to the microsecond.
  gateway: {
    mutate: ['functions/deliver/{format,gateway,no-answer-error}.ts', 'shared/gateway-format.ts'],
    tests: [
      'test/functions/deliver/{gateway,gateway-json,gateway.slow,no-answer-error}.test.ts',
      'test/shared/gateway-format.test.ts',
    ],
    lowestScore: 90,
  },
};
