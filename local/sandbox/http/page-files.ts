import { transform } from 'esbuild';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const page = new URL('../../page/', import.meta.url);

/** The modules that the page imports by name: its import map leads to `/modules/NAME`. */
const modules: readonly string[] = ['preact', 'preact/hooks', 'htm', 'htm/preact'];

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};
const javaScript = 'text/javascript; charset=utf-8';

/** The page, as it lies in `local/page`: only the types are taken out of its code. */
export async function pageFiles(): Promise<Hono> {
  const html = await readFile(new URL('index.html', page), 'utf8');
  const importMap = /<script type="importmap">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  const app = new Hono();
  app.use(
    secureHeaders({
      // Nothing that was sent can run, and nothing comes from another host. The import map is the only inline script.
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'", `'sha256-${hash('sha256', importMap, 'base64')}'`],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        imgSrc: ["'self'"],
        formAction: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ["'none'"],
      },
      strictTransportSecurity: false,
    }),
  );
  app.get('/', (c) => c.html(html, 200, { 'cache-control': 'no-cache' }));
  app.get('/page/:name{(?:[a-z-]+/)?[a-z-]+\\.(ts|css|svg)}', async (c) => {
    const name = c.req.param('name');
    const source = await readFile(new URL(name, page), 'utf8').catch(() => undefined);
    if (source === undefined) return c.notFound();
    const type = types[name.slice(name.lastIndexOf('.') + 1)];
    const body = type === undefined ? (await transform(source, { loader: 'ts', target: 'es2022' })).code : source;
    return c.body(body, 200, { 'content-type': type ?? javaScript, 'cache-control': 'no-cache' });
  });
  app.get('/modules/:name{.+}', async (c) => {
    const name = c.req.param('name');
    if (!modules.includes(name)) return c.notFound();
    return c.body(await readFile(new URL(import.meta.resolve(name)), 'utf8'), 200, { 'content-type': javaScript });
  });
  return app;
}
