import { never } from './never.ts';

/** In place of `@smithy/core/event-streams`: no call to SQS streams. */
export function EventStreamSerde(): never {
  never('event streams');
}

export const eventStreamSerdeProvider = (): never => never('event streams');
