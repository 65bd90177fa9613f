import {
  bytesOfBody,
  decodeBody,
  formType,
  isHttpRequest,
  notARequest,
  readMediaType,
} from '../../shared/http/request.ts';
import { decodeForm, type Field } from '../../shared/push/form.ts';
import { decodeJson } from '../../shared/push/json-body.ts';
import type { DeviceFault } from '../../shared/registry/validation.ts';
import { maxRequestBytes, type Problem } from './problem.ts';

/** What an app asks for: to register its device, or to remove it. */
export interface DeviceRequest {
  readonly kind: 'report' | 'removal';
  /** The values of the query and of the body. */
  readonly fields: readonly Field[];
  /** What is wrong with the body. The values of the query say first whether the app may know it. */
  readonly faults: readonly DeviceFault[];
  readonly atMs: number;
}

type RequestReading =
  { readonly ok: true; readonly request: DeviceRequest } | { readonly ok: false; readonly problem: Problem };

/** The kind of a request by its path, of which the name of a stage may be the first part. */
function kindOf(path: unknown): DeviceRequest['kind'] | undefined {
  if (typeof path !== 'string') return undefined;
  if (path.endsWith('/devices/report')) return 'report';
  return path.endsWith('/devices/remove') ? 'removal' : undefined;
}

/** Reads a request, or the first problem with its event, method, size or headers. @param nowMs the function's clock. */
export function readRequest(event: unknown, nowMs: number): RequestReading {
  const refuse = (problem: Problem) => ({ ok: false, problem }) as const;
  const notOne = { kind: 'invalid-values', faults: [{ code: 'event', detail: notARequest }] } as const;
  if (!isHttpRequest(event)) return refuse(notOne);
  const kind = kindOf(event.rawPath);
  const query = event.rawQueryString ?? '';
  if (kind === undefined || typeof query !== 'string') return refuse(notOne);
  const { method } = event.requestContext.http;
  if (method !== 'GET' && method !== 'POST') return refuse({ kind: 'method-not-allowed', method });
  if (Buffer.byteLength(query) + bytesOfBody(event) > maxRequestBytes) return refuse({ kind: 'content-too-large' });
  const media = readMediaType({ ...event.headers, 'content-type': asForm(event.headers['content-type']) });
  if (event.body && !media.ok) return refuse({ kind: 'unsupported-media-type', ...media.refusal });
  const ofBody = readBody(decodeBody(event));
  return {
    ok: true,
    request: {
      kind,
      fields: [...decodeForm(Buffer.from(query)), ...ofBody.fields],
      faults: ofBody.faults,
      atMs: timeOf(event.requestContext.timeEpoch, nowMs),
    },
  };
}

/**
 * A Content-Type whose media type does not matter: it is a setting of each operator, and the body shows whether it is
 * JSON. A multipart body is the one that would be taken for a form without values.
 */
function asForm(contentType = formType): string {
  return /^\s*multipart\//i.test(contentType) ? contentType : contentType.replace(/^[^;]*/, formType);
}

interface BodyReading {
  readonly fields: readonly Field[];
  readonly faults: readonly DeviceFault[];
}

const byteOrderMark = Buffer.from('\uFEFF');

/**
 * Reads a body as JSON if it begins like an object or a list, and as a form otherwise, whatever its Content-Type says:
 * an operator may forget it, and then the local stack says that a form is JSON.
 */
function readBody(body: Buffer | undefined): BodyReading {
  const faulty = (code: DeviceFault['code'], detail: string) => ({ fields: [], faults: [{ code, detail }] });
  if (body === undefined) return faulty('base64', 'The body is marked as base64, but is not valid base64.');
  const text = body.subarray(body.indexOf(byteOrderMark) === 0 ? byteOrderMark.length : 0);
  if (!/^\s*[{[]/.test(text.toString('latin1', 0, 64))) return { fields: decodeForm(text), faults: [] };
  const reading = decodeJson(text);
  if (!reading.ok && reading.fault.code === 'json') return faulty('json', reading.fault.detail);
  if (!reading.ok || reading.content.kind === 'batch') return faulty('object', 'The body must be an object.');
  return { fields: reading.content.fields, faults: [] };
}

/** The API passes a request on at once, and gives it up after 30 seconds, so a time beyond these is not from it. */
const maxAgeMs = 60_000;
const maxAheadMs = 5000;

/**
 * When a request came: the time of the API, so that a slow instance of the function does not change the order of
 * reports. If the event has no plausible time, it is that of the function.
 */
function timeOf(timeEpoch: unknown, nowMs: number): number {
  if (typeof timeEpoch !== 'number' || !Number.isSafeInteger(timeEpoch)) return nowMs;
  return timeEpoch >= nowMs - maxAgeMs && timeEpoch <= nowMs + maxAheadMs ? timeEpoch : nowMs;
}
