/** The two gateways, by the format that they read: the gateway of forms, and the newer one of JSON. */
export const gatewayFormats = ['form', 'json'] as const;

export type GatewayFormat = (typeof gatewayFormats)[number];

/** Whether an address is that of the newer gateway. */
export function isNewerAddress({ pathname }: URL): boolean {
  return /\/send\/?$/.test(pathname);
}

/** The address to post to: for JSON, `/send` below the address of the gateway, unless the address has it already. */
export function gatewayAddress(gatewayUrl: URL, format: GatewayFormat): URL {
  if (format === 'form' || isNewerAddress(gatewayUrl)) return gatewayUrl;
  const address = new URL(gatewayUrl);
  address.pathname = address.pathname.replace(/\/?$/, '/send');
  return address;
}
