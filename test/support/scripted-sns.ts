import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { listen } from '../../local/listen.ts';
import { createSnsClient } from '../../shared/aws/sns/client.ts';
import { environmentWith } from './aws-client.ts';

/**
 * An SNS for one test, which answers as it is told, and the client of the functions for it.
 * @param answer gets the parameters of each call, and the number of calls before it.
 */
export async function useScriptedSns(answer: (response: ServerResponse, call: SnsCall, index: number) => void) {
  const calls: SnsCall[] = [];
  const server = createServer((request, response) => {
    text(request)
      .then((body) => {
        const parameters = new URLSearchParams(body);
        const ids = [...parameters].flatMap(([name, value]) => (/^Publish.*\.\d+\.Id$/.test(name) ? [value] : []));
        const call = { parameters, ids, bytes: body.length };
        calls.push(call);
        answer(response, call, calls.length - 1);
      })
      .catch(() => response.destroy());
  });
  const { port, stop } = await listen(server, 0);
  const client = createSnsClient({
    ...environmentWith('first'),
    AWS_ENDPOINT_URL_SNS: `http://127.0.0.1:${String(port)}`,
  });
  onTestFinished(async () => {
    client.destroy();
    await stop();
  });
  return { calls, client };
}

export interface SnsCall {
  readonly parameters: URLSearchParams;
  /** Of the entries of PublishBatch. */
  readonly ids: readonly string[];
  readonly bytes: number;
}

/** The answer to PublishBatch that confirms these entries, refuses those, and does not mention the others. */
export function publishAnswer(confirmed: readonly string[], refused: readonly string[] = []): string {
  const members = (ids: readonly string[], rest: string) =>
    ids.map((id) => `<member><Id>${id}</Id>${rest}</member>`).join('');
  return `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful>${members(confirmed, '<MessageId>id</MessageId>')}</Successful><Failed>${members(refused, '<Code>InternalError</Code><Message>trouble</Message><SenderFault>false</SenderFault>')}</Failed></PublishBatchResult></PublishBatchResponse>`;
}
