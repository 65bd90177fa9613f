import { expect, it, onTestFinished } from 'vitest';
import { startConnectedSandbox } from '../../support/connected-sandbox.ts';

const header = 'AppId,DeviceToken,Selector\n';

it('a sweep to the newer gateway is refused before it starts if its list has no Selector', async () => {
  const sandbox = await startConnectedSandbox({ GATEWAY_FORMAT: 'json' });
  onTestFinished(sandbox.stop);
  for (const list of ['AppId,DeviceToken\na,one\n', `${header}a,one,\n`, '{"AppId":"a","DeviceToken":"one"}\n']) {
    expect(await sandbox.post('/sweeps', { list })).toEqual({
      status: 400,
      error:
        'list has no Selector, and the gateway requires one with NotifyReprovision: add the column Selector, or choose another verb.',
    });
  }
  const ordered = [
    { list: `${header}a,one,S:1\na,two,\n` },
    { list: `${header}a,one,\n`, verb: 'NotifyGenericTextMessage', parameters: { Message: 'Hello' } },
  ];
  for (const [index, order] of ordered.entries()) {
    expect(await sandbox.post('/sweeps', { ...order, name: `sweep-${String(index)}` })).toMatchObject({ status: 200 });
  }
});
