import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createDevices, type DevicesDependencies } from '../../functions/devices/handler.ts';
import type { Registry } from '../../shared/registry/registry.ts';
import { httpEvent, type HttpEventOptions } from './http-event.ts';
import { lambdaContext } from './lambda-context.ts';
import { recordingLog } from './log.ts';

/** What an app reports of a device of the account `alice`. */
export const reported = {
  account: 'alice',
  token: 'dG9rZW4=',
  appId: 'com.example.app',
  selector: '12869E0E:7C3A0D14',
} as const;

export interface DeviceEventOptions extends HttpEventOptions {
  readonly path?: '/devices/report' | '/devices/remove' | (string & {});
  readonly query?: Readonly<Record<string, string>> | string;
  /** The time of the API. */
  readonly atMs?: number;
}

/** A request to the function `devices`: by default, a report without values. */
export function deviceEvent(options: DeviceEventOptions = {}): APIGatewayProxyEventV2 {
  const { path: rawPath = '/devices/report', query = '', atMs, ...others } = options;
  const event = httpEvent({ method: others.body === undefined ? 'GET' : 'POST', ...others });
  const rawQueryString = typeof query === 'string' ? query : new URLSearchParams(query).toString();
  const timeEpoch = atMs ?? event.requestContext.timeEpoch;
  return { ...event, rawPath, rawQueryString, requestContext: { ...event.requestContext, timeEpoch } };
}

export interface DevicesAnswer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** As `parameter: code`. */
  readonly faults: readonly string[];
  /** The lines of the log. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/** Sends an event to a new function `devices`, which takes reports from everybody unless `overrides` say otherwise. */
export async function sendToDevices(
  registry: Registry,
  event: unknown,
  overrides: Partial<DevicesDependencies> = {},
  remainingMs?: number,
): Promise<DevicesAnswer> {
  const log = recordingLog();
  const devices = createDevices({
    ...{ registry, signing: 'open', devicesPerAccount: 20, deviceDays: 180, dimensions: { Stage: 'test' } },
    answerReserveMs: 500,
    timeoutSignal: (ms) => AbortSignal.timeout(ms),
    // The clock of the API, so that tests can choose the time of a report.
    now: () => timeOf(event),
    log,
    ...overrides,
  });
  const answer = await devices(event as APIGatewayProxyEventV2, lambdaContext(remainingMs));
  const body = JSON.parse(answer.body ?? '') as DevicesAnswer['body'] & {
    readonly faults?: readonly { readonly parameter?: string; readonly code: string }[];
  };
  return {
    status: answer.statusCode,
    headers: answer.headers ?? {},
    body,
    faults: (body.faults ?? []).map(({ parameter = 'the request', code }) => `${parameter}: ${code}`),
    log: log.lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

function timeOf(event: unknown): number {
  const { requestContext } = (event ?? {}) as Partial<APIGatewayProxyEventV2>;
  const timeEpoch: unknown = requestContext?.timeEpoch;
  return typeof timeEpoch === 'number' && Number.isSafeInteger(timeEpoch) ? timeEpoch : Date.now();
}
