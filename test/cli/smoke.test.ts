import { describe, expect, it } from 'vitest';
import { cli } from '../support/cli.ts';

describe('smoke without --url', () => {
  it.each([
    ['0', 'PORT is 0: pass the address of the intake that npm start prints with --url.\n'],
    ['http', 'PORT: must be a port number from 0 to 65535\n'],
  ])('rejects PORT=%s', async (PORT, stderr) => {
    expect(await cli(['smoke'], { environment: { PORT } })).toEqual({ exitCode: 1, stdout: '', stderr });
  });
});
