import { Pool } from 'undici';

/** The floor: a pool of connections that is given encoded bodies, and looks at nothing but the status. */
const url = new URL(process.env['PNM2_URL'] ?? '');
const pool = new Pool(url.origin, { connections: Number(process.env['CONCURRENCY']), pipelining: 1 });
const headers = { 'content-type': 'application/x-www-form-urlencoded' };

export const handler = async (_event: unknown, _context: unknown, forms: readonly string[]): Promise<void> => {
  const post = async (body: string) => {
    const { statusCode, body: answer } = await pool.request({ path: url.pathname, method: 'POST', headers, body });
    await answer.text();
    if (statusCode !== 200) throw new Error(`the gateway answered ${String(statusCode)}`);
  };
  // As many as there are connections are under way; the pool itself keeps the others waiting.
  await Promise.all(forms.map(post));
};
