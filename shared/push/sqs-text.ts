/**
 * A character that a message must not contain. Allowed are #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD and
 * #x10000 to #x10FFFF: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const refusedBySqs = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const allRefusedBySqs = new RegExp(refusedBySqs, 'gu');

/** The first character of a text that SQS does not accept, as `U+0000`, or `undefined` if it accepts the whole text. */
export function characterRefusedBySqs(text: string): string | undefined {
  const codePoint = refusedBySqs.exec(text)?.[0].codePointAt(0);
  return codePoint === undefined ? undefined : `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A text with U+FFFD in place of what SQS does not accept. For answers and errors, never for a push itself. */
export function sqsText(text: string): string {
  return text.toWellFormed().replace(allRefusedBySqs, '\uFFFD');
}

/** JSON for a message of SQS, or of SNS to SQS. */
export function sqsJson(value: object): string {
  // SQS accepts neither U+FFFE nor U+FFFF. It accepts characters beyond them, such as emoji, but fauxqs does not. All of
  // these become JSON escapes.
  return JSON.stringify(value).replace(
    /[\uD800-\uDFFF\uFFFE\uFFFF]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
  );
}
