import * as v from 'valibot';
import { deviceHash } from '../../shared/push/redaction.ts';
import { verbs } from '../../shared/push/push.ts';
import { printable } from '../../shared/table.ts';

/** What a line shows of an event. A newer relay may know more outcomes. */
const shownEvent = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    version: v.literal(1),
    id: v.string(),
    outcome: v.string(),
    reason: v.optional(v.string()),
    status: v.optional(v.number()),
    words: v.optional(v.string()),
    endedAt: v.string(),
    push: v.optional(v.object({ verb: v.string(), appId: v.string(), deviceToken: v.string() })),
  }),
);

/** The longest outcome of a relay with its reason. */
const resultWidth = 'transient/exhausted'.length;
const verbWidth = Math.max(...Array.from(verbs.keys(), ({ length }) => length));

/**
 * An event in one line; `undefined` if it cannot be read.
 * @param reveal shows the token instead of the hash of the device.
 */
export function lineOf(body: string, reveal: boolean): string | undefined {
  const reading = v.safeParse(shownEvent, body);
  if (!reading.success) return undefined;
  const { endedAt, outcome, reason = outcome, id, push, status = '-', words = '' } = reading.output;
  const result = reason === outcome ? outcome : `${outcome}/${reason}`;
  const device = push && (reveal ? push.deviceToken : deviceHash(push.appId, push.deviceToken));
  const columns = [endedAt, result.padEnd(resultWidth), id, (push?.verb ?? '-').padEnd(verbWidth)];
  return printable(
    [...columns, push?.appId ?? '-', device ?? '-', String(status).padEnd(3), words].join('  '),
  ).trimEnd();
}
