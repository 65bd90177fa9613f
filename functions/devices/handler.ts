import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { metricsBlob, type Dimensions, type MetricValues } from '../../shared/aws/metrics.ts';
import { jsonResponse } from '../../shared/http/problem.ts';
import { describeError, locateError, type Log, type LogFields } from '../../shared/log.ts';
import type { Field } from '../../shared/push/form.ts';
import { accountHash, deviceHash } from '../../shared/push/redaction.ts';
import type { DeviceName } from '../../shared/registry/device.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import { readDevice, readRemoval, type DeviceFault } from '../../shared/registry/validation.ts';
import { endBy, tooSlow } from './deadline.ts';
import { describeFault, describeProblem, problemKinds, problemResponse, type Problem } from './problem.ts';
import { removeDevices } from './removal.ts';
import { registerDevice } from './report.ts';
import { readRequest, type DeviceRequest } from './request.ts';
import { refusalOf, type Signing } from './signature.ts';

export interface DevicesDependencies {
  readonly registry: Registry;
  readonly signing: Signing;
  readonly devicesPerAccount: number;
  readonly deviceDays: number;
  readonly dimensions: Dimensions;
  /** How long before the function's own deadline it must answer; 0 leaves that to the platform. */
  readonly answerReserveMs: number;
  /** A signal that aborts after this time. */
  readonly timeoutSignal: (ms: number) => AbortSignal;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * How long the calls to DynamoDB for one request may take together. While DynamoDB hangs, each request occupies an
 * instance for this time, and `accept` and `deliver` need theirs from the same concurrency of the AWS account.
 */
const registryMs = 2500;

type Response = APIGatewayProxyStructuredResultV2;

/** What a request asks of the registry, or the faults of its values. */
type Task =
  | {
      readonly ok: true;
      /** What names its device in a log, and what was left out of it. */
      readonly fields: LogFields;
      readonly run: (abortSignal: AbortSignal) => Promise<Done>;
    }
  | { readonly ok: false; readonly faults: readonly DeviceFault[] };

/** What the registry did, for the answer and for the log. */
interface Done {
  readonly answer: Readonly<Record<string, unknown>> & { readonly result: string };
  readonly metrics: MetricValues;
}

/** Creates the handler of reports and removals: it answers 200 once the registry has them. */
export function createDevices(dependencies: DevicesDependencies) {
  const { registry, signing, devicesPerAccount, dimensions, answerReserveMs, timeoutSignal, now, log } = dependencies;

  const refuse = (problem: Problem, fields: LogFields = {}, kind?: DeviceRequest['kind']): Response => {
    const { status, metric } = problemKinds[problem.kind];
    const counted = metricsBlob({ [metric]: 1 }, dimensions, now());
    log[status >= 500 ? 'error' : 'warn'](`${kind ?? 'request'} refused`, {
      status,
      ...describeProblem(problem),
      ...fields,
      ...counted,
    });
    return problemResponse(problem);
  };
  const unavailable: Problem = { kind: 'registry-unavailable' };

  const reportOf = ({ fields, atMs }: DeviceRequest): Task => {
    const reading = readDevice(fields);
    if (!reading.ok) return reading;
    const { device, ignored } = reading;
    const isComplete = ignored.length === 0;
    return {
      ok: true,
      fields: { ...describeDevice(device), ...(!isComplete && { ignored: ignored.map(describeFault) }) },
      run: async (abortSignal) => {
        const end = await registerDevice(device, atMs, registry, dependencies, abortSignal);
        const written = end.kind === 'registered' && { DevicesWritten: 1, DevicesDisplaced: end.displaced };
        const answer = { result: end.kind, ...(!isComplete && { ignored }) };
        return { answer, metrics: { ReportsTaken: 1, ...written } };
      },
    };
  };

  const removalOf = ({ fields, atMs }: DeviceRequest): Task => {
    const reading = readRemoval(fields);
    if (!reading.ok) return reading;
    const { account, target } = reading;
    return {
      ok: true,
      fields: target.kind === 'device' ? describeDevice(target.device) : {},
      run: async (abortSignal) => {
        const devices = await removeDevices(account, target, atMs, registry, devicesPerAccount, abortSignal);
        return { answer: { result: 'removed', devices }, metrics: { RemovalsTaken: 1, DevicesRemoved: devices } };
      },
    };
  };

  return middy<APIGatewayProxyEventV2, Response>({
    timeoutEarlyInMillis: answerReserveMs,
    timeoutEarlyResponse: () => refuse(unavailable, { why: tooSlow }),
  })
    .onError(({ error }) => refuse({ kind: 'internal-error' }, { error: locateError(error) }))
    .handler(async (event, _context, { signal }): Promise<Response> => {
      const reading = readRequest(event, now());
      if (!reading.ok) return refuse(reading.problem);
      const { request } = reading;
      const { kind } = request;
      const account = valueOf('account', request.fields);
      const subject = account === undefined ? {} : { account: accountHash(account) };
      // The signature comes before the values: without it, the answer says nothing of them.
      const why = refusalOf(account, valueOf('sig', request.fields), signing);
      if (why !== undefined) return refuse({ kind: 'unauthorized' }, { ...subject, why }, kind);
      // Without its body, a request would seem to lack the values that are in it.
      if (request.faults.length > 0) return refuse({ kind: 'invalid-values', faults: request.faults }, subject, kind);
      const task = kind === 'report' ? reportOf(request) : removalOf(request);
      if (!task.ok) return refuse({ kind: 'invalid-values', faults: task.faults }, subject, kind);
      const fields = { ...subject, ...task.fields };
      const deadline = AbortSignal.any([signal, timeoutSignal(registryMs)]);
      try {
        const { answer, metrics } = await endBy(deadline, task.run);
        if (signal.aborted) return problemResponse(unavailable);
        log.info(kind, { ...answer, ...fields, ...metricsBlob(metrics, dimensions, now()) });
        return jsonResponse(200, answer);
      } catch (error) {
        // If the signal was aborted, this was already answered and logged as a timeout.
        if (signal.aborted) return problemResponse(unavailable);
        const reason = deadline.aborted ? { why: tooSlow } : { error: describeError(error) };
        return refuse(unavailable, { ...fields, ...reason }, kind);
      }
    });
}

/** The first value of a name. If there are several, that is a fault. */
function valueOf(name: string, fields: readonly Field[]): string | undefined {
  return fields.flatMap((field) => (field.name === name && 'value' in field ? [field.value] : []))[0];
}

function describeDevice({ appId, deviceToken }: DeviceName): LogFields {
  return { appId, device: deviceHash(appId, deviceToken) };
}
