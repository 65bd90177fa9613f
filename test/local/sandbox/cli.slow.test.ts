import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { listen } from '../../../local/listen.ts';
import { createCli } from '../../../local/sandbox/cli.ts';

it('a command that runs is ended with the local stack', async () => {
  // An SQS that never answers.
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  const { port, stop } = await listen(server, 0);
  onTestFinished(stop);
  const asked = once(server, 'connection');
  const cli = createCli(() => ({ ...process.env, AWS_PORT: String(port) }));
  const ended = expect(cli.run(['dead-letters', 'list', '--local'])).rejects.toMatchObject({
    status: 504,
    message: expect.stringMatching(/^The command was ended from outside/) as string,
  });
  await asked;
  await cli.stop();
  await ended;
});
