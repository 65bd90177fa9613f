import type { Parameter } from './form.ts';

/** The format of the newer gateway: a JSON object with a member for each parameter. */

/** The only parameter that the newer gateway documents as an integer. */
const integerParameter = 'Badge';

/**
 * Encodes parameters as a JSON object. Every value is a string, except a Badge that is an integer. The text is put
 * together member by member: an object would sort names such as `1` before the others, and lose `__proto__`.
 */
export function encodeJson(parameters: Iterable<Parameter>): string {
  let members = '';
  for (const [name, value] of parameters) {
    const json = name === integerParameter && isInteger(value) ? value : JSON.stringify(value);
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${json}`;
  }
  return `{${members}}`;
}

/** Whether the text is how JSON writes an integer that every reader holds exactly. */
function isInteger(text: string): boolean {
  return Number.isSafeInteger(Number(text)) && String(Number(text)) === text;
}
