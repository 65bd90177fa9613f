import { html } from 'htm/preact';
import type { PushDetail, ShownAttempt } from '../../sandbox/api.ts';
import { reasonOf } from './push-filter.ts';
import { countWords, dueWords, spanWords, timeWords, useNow } from '../words.ts';

/** A moment in the life of a push. */
interface Moment {
  readonly at: string;
  readonly kind: 'accepted' | 'redriven' | 'attempt' | 'delivered' | 'given-up';
  readonly attempt?: ShownAttempt;
}

/** The life of a push, drawn: from its acceptance over each attempt and the waits between them to its end. */
export function Timeline({ push }: { push: PushDetail }) {
  const { olderAttempts, receivedBefore = 0, untried, nextAttemptAt, state, words } = push;
  const nowMs = useNow(nextAttemptAt !== undefined);
  const moments = momentsOf(push);
  const longestMs = Math.max(1, ...push.attempts.map(({ ms = 0 }) => ms));
  const entry = (name: string, title: unknown, details?: unknown, at?: string) => html`
    <li data-state=${name}>
      <span class="mark" aria-hidden="true"></span>
      <div>${title}${details}</div>
      ${at && html`<time class="quiet" datetime=${at}>${timeWords(at)}</time>`}
    </li>
  `;
  const wait = (words: string) => html`<li class="wait quiet"><div>${words}</div></li>`;
  const items = moments.map(({ kind, at, attempt }, index) => {
    const before = moments[index - 1];
    const waitedMs = before === undefined ? 0 : Date.parse(at) - endOf(before);
    const isAfterGap = before?.kind === 'accepted' && olderAttempts + receivedBefore > 0;
    // Between an attempt and the end that it leads to, nothing waits.
    const isWait = kind === 'attempt' && waitedMs >= 100 && !isAfterGap;
    return html`
      ${isWait && wait(`waited ${spanWords(waitedMs)}`)}
      ${
        attempt
          ? entry(toneOf(attempt), attemptTitle(attempt), attemptDetails(attempt, longestMs), at)
          : kind === 'given-up'
            ? entry(
                kind,
                html`<strong>given up</strong>: ${reasonOf(push)}`,
                words && html`<p class="quiet words">${words}</p>`,
                at,
              )
            : entry(kind, html`<strong>${kind}</strong>`, undefined, at)
      }
      ${kind === 'accepted' && receivedBefore > 0 && wait(`received ${countWords(receivedBefore, 'time', 'times')} before the sandbox knew of it: earlier attempts are not known`)}
      ${kind === 'accepted' && olderAttempts > 0 && wait(`${countWords(olderAttempts, 'earlier attempt is', 'earlier attempts are')} not kept`)}
    `;
  });
  const tried =
    untried > 0 &&
    wait(
      `received ${countWords(untried, 'time', 'times')} without an attempt, because the gateway was down or the batch had no time left`,
    );
  return html`
    <h3>Timeline</h3>
    <ol class="timeline">
      ${items} ${tried}
      ${state === 'attempting' && push.attempts.at(-1)?.ms !== undefined && entry('attempting', 'in a batch of deliver')}
      ${(state === 'waiting' || state === 'retrying') && nextAttemptAt === undefined && entry('waiting', 'waits to be received')}
      ${
        nextAttemptAt !== undefined &&
        entry(
          'retrying',
          html`next attempt <strong>${dueWords(nextAttemptAt, nowMs)}</strong>`,
          undefined,
          nextAttemptAt,
        )
      }
    </ol>
  `;
}

function momentsOf({ acceptedAt, redrivenAt, attempts, endedAt, state }: PushDetail): Moment[] {
  const moments: Moment[] = [
    { at: acceptedAt, kind: 'accepted' },
    ...attempts.map((attempt): Moment => ({ at: attempt.startedAt, kind: 'attempt', attempt })),
  ];
  if (redrivenAt !== undefined) moments.push({ at: redrivenAt, kind: 'redriven' });
  moments.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (endedAt !== undefined && (state === 'delivered' || state === 'given-up'))
    moments.push({ at: endedAt, kind: state });
  return moments;
}

function endOf({ at, attempt }: Moment): number {
  return Date.parse(at) + (attempt?.ms ?? 0);
}

/** The colour of an attempt: what came of it. */
function toneOf({ outcome, status, ms }: ShownAttempt): string {
  if (outcome === undefined)
    return ms === undefined
      ? 'attempting'
      : status !== null && status !== undefined && status < 300
        ? 'delivered'
        : 'retrying';
  switch (outcome) {
    case 'delivered':
      return 'delivered';
    case 'throttled':
    case 'transient':
      return 'retrying';
    case 'unregistered':
    case 'rejected':
      return 'given-up';
    default:
      return outcome satisfies never;
  }
}

function attemptTitle({ receiveCount, status, outcome, ms }: ShownAttempt) {
  const answer = status === undefined ? '' : status === null ? 'no answer' : String(status);
  const words = [answer, outcome].filter(Boolean).join(' ') || (ms === undefined ? 'under way' : 'ended');
  return html`attempt ${receiveCount}: <strong>${words}</strong>`;
}

function attemptDetails({ ms, failure }: ShownAttempt, longestMs: number) {
  return html`
    ${
      ms !== undefined &&
      html`<span class="took quiet"
        ><span
          class="bar"
          aria-hidden="true"
          style=${{ width: `${String(Math.max(2, (ms / longestMs) * 60))}px` }}
        ></span
        >${spanWords(ms)}</span
      >`
    }
    ${failure !== undefined && html`<p class="quiet words">${failure}</p>`}
  `;
}
