import { never } from './never.ts';

/** In place of `@smithy/node-http-handler`: the client has a request handler, which collects answers by itself. */
export const NodeHttpHandler = {
  create: (given: unknown): unknown => given ?? never("the SDK's request handler"),
};

export const streamCollector = (): never => never('the collecting of streams');
