import { readFileSync } from 'node:fs';

/** The requests with a body that the commands of a block make: what follows the address, and the JSON. */
export function postsOf(code: string): { readonly path: string; readonly body: unknown }[] {
  const posts = code.matchAll(/^curl -sS http:\/\/127\.0\.0\.1:4001(\S+) -d '(.+)'$/gm);
  return [...posts].map(([, path = '', body = '']) => ({ path, body: JSON.parse(body) as unknown }));
}

/** The blocks of code of a page that a comment names, such as `<!-- run: php -->`. */
export function blocksOf(page: string) {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^<!-- (run|file): ([^\n]+) -->\n+```\w+\n(.+?)^```$/gms)].map(
    ([, kind = '', names = '', code = '']) => ({ kind, names: names.split(', '), code }),
  );
  return {
    text,
    /** The names of the programs, each once, in the order of the page. */
    programs: [...new Set(blocks.flatMap(({ kind, names }) => (kind === 'run' ? names : [])))],
    codeOf: (kind: 'run' | 'file', name: string) =>
      blocks.flatMap((block) => (block.kind === kind && block.names.includes(name) ? [block.code] : [])).join(''),
  };
}
