/**
 * Why a request must be refused, or `undefined`. A web page of another origin could read the pushes and drive the relay,
 * also if its host name leads to this machine.
 * @param port the port that the request came to.
 */
export function refusalOf(host: string | undefined, origin: string | undefined, port = 0): string | undefined {
  const hosts = ['127.0.0.1', 'localhost'].map((name) => `${name}:${String(port)}`);
  if (host === undefined || !hosts.includes(host)) return `The Host must be ${hosts.join(' or ')}.`;
  if (origin !== undefined && !hosts.includes(origin.replace(/^http:\/\//, ''))) {
    return 'The Origin must be that of the sandbox itself.';
  }
  return undefined;
}
