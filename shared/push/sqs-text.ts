/**
 * Anything outside the characters that a message may hold: #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD
 * and #x10000 to #x10FFFF.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const outsideSqs = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const everyOutsideSqs = new RegExp(outsideSqs, 'gu');

/** The first character of a text that SQS does not take, as `U+0000`, or `undefined` where it takes all of it. */
export function characterRefusedBySqs(text: string): string | undefined {
  const codePoint = outsideSqs.exec(text)?.[0].codePointAt(0);
  return codePoint === undefined ? undefined : `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A text as SQS takes it: what it refuses is replaced by U+FFFD. For words of others, never for a push itself. */
export function sqsText(text: string): string {
  return text.toWellFormed().replace(everyOutsideSqs, '\uFFFD');
}
