import { describe, expect, it } from 'vitest';
import { gatewayAddress } from '../../shared/gateway-format.ts';

describe('the address that pushes are posted to', () => {
  it.each([
    ['https://pnm.example.com/pnm2', 'https://pnm.example.com/pnm2/send'],
    ['https://pnm.example.com/pnm2/', 'https://pnm.example.com/pnm2/send'],
    ['https://pnm.example.com/pnm2/send', 'https://pnm.example.com/pnm2/send'],
    ['https://pnm.example.com/pnm2/send/', 'https://pnm.example.com/pnm2/send/'],
    ['https://pnm.example.com/send/pnm2', 'https://pnm.example.com/send/pnm2/send'],
    ['https://pnm.example.com/resend', 'https://pnm.example.com/resend/send'],
    ['https://pnm.example.com', 'https://pnm.example.com/send'],
    ['http://user:p%40ss@127.0.0.1:4001/pnm2?tenant=1', 'http://user:p%40ss@127.0.0.1:4001/pnm2/send?tenant=1'],
  ])('of the newer gateway, from %s, is %s', (url, address) => {
    expect(gatewayAddress(new URL(url), 'json').href).toBe(address);
  });

  it('of the gateway of forms is the configured one', () => {
    for (const url of ['https://pnm.example.com/pnm2', 'https://pnm.example.com/pnm2/send']) {
      expect(gatewayAddress(new URL(url), 'form').href).toBe(url);
    }
  });
});
