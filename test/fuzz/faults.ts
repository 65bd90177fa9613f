import { isRecord } from './oracle.ts';

/** Codes of faults that may be those of the whole request or push; all others name a parameter. */
const codesWithoutParameter = ['too-many', 'too-large', 'object', 'empty', 'json', 'base64', 'event'];

/** Whether they are faults, each of which names its parameter if it is that of one. */
export function areFaults(faults: unknown): faults is { readonly parameter?: string; readonly code: string }[] {
  return Array.isArray(faults) && faults.length > 0 && faults.every(isFault);
}

function isFault(fault: unknown): boolean {
  if (!isRecord(fault)) return false;
  const { parameter, code, detail, ...others } = fault;
  const isNamed =
    parameter === undefined
      ? codesWithoutParameter.some((one) => one === code)
      : typeof parameter === 'string' && parameter.isWellFormed();
  return isNamed && typeof code === 'string' && isWellFormedText(detail) && Object.keys(others).length === 0;
}

/** Whether it is text that says something. */
export function isWellFormedText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}
