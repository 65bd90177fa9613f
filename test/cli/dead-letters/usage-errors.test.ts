import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../../local/listen.ts';
import { startDeadLetterCli, type DeadLetterCli } from '../../support/dead-letter-cli.ts';

let relay: DeadLetterCli;
beforeAll(async () => {
  relay = await startDeadLetterCli();
});
afterAll(() => relay.stop());

describe('dead-letters', () => {
  it.each([
    [
      'list --reason bored',
      /option '--reason <reason...>' argument 'bored' is invalid\. Allowed choices are unregistered/,
    ],
    ['list --older-than yesterday', /'yesterday' is invalid\. Use numbers with the units s, m, h, d and w/],
    ['list --limit many', /Use a whole number/],
    ['redrive --all --id x', /'--all' cannot be used with option '--id/],
    ['list --stage prod', /'--local' cannot be used with option '--stage/],
    ['list --queue-url pushes', /Use NAME=URL, such as pushes=URL/],
    ['list --undeliverable-url queue', /Use the URL of a queue/],
    ['list --resaon x', /unknown option '--resaon' \(Did you mean --reason\?\)/],
    ['show', /missing required argument 'id'/],
    ['lits', /unknown command 'lits' \(Did you mean list\?\)/],
  ])('reports what is wrong with "%s" in one line', async (line, words) => {
    const { exitCode, stdout, stderr } = await relay.run(line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('names the remedy if nothing listens at the port', async () => {
    const { port, stop } = await listen(createServer(), 0);
    await stop();
    expect(await relay.run('list', { environment: { AWS_PORT: String(port) } })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `Nothing answers at http://127.0.0.1:${String(port)}: start the local stack with npm start, or set AWS_PORT if it uses another port.\n`,
    });
  });

  it.each([
    ['0', 'AWS_PORT is 0: set it to the SQS port that npm start prints.\n'],
    ['http', 'AWS_PORT: must be a port number from 0 to 65535\n'],
  ])('rejects AWS_PORT=%s', async (AWS_PORT, stderr) => {
    expect(await relay.run('list', { environment: { AWS_PORT } })).toEqual({ exitCode: 1, stdout: '', stderr });
  });

  it('recognises an SQS that is not that of the local stack', async () => {
    await relay.queues.sqs.send(new DeleteQueueCommand({ QueueUrl: relay.queues.undeliverable.url }));
    expect((await relay.run('list')).stderr).toMatch(/has no such queue: check that it is the SQS of npm start\.\n$/);
  });
});
