import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = '{bench,cli,docs,functions,infra,local,shared,test}';
const documents = globSync(['*.md', `${folders}/**/*.md`], { cwd: root });
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');
const withoutExamples = (text: string) => text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, 'code');

/** The anchors of a document's headings, as GitHub forms them. */
function anchorsOf(path: string): string[] {
  const headings = textOf(path)
    .replace(/^```.*?^```$/gms, '')
    .matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** Why a relative link leads nowhere, or `undefined` if it leads somewhere. */
function faultOf(link: string, from: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(root, target))) return `${link}: there is no ${target}`;
  if (anchor !== undefined && !anchorsOf(target).includes(anchor)) return `${link}: ${target} has no such heading`;
  return undefined;
}

describe.each(documents)('%s', (document) => {
  it('has no relative link that leads nowhere', () => {
    const links = [...withoutExamples(textOf(document)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const relative = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(relative.flatMap((link) => faultOf(link, document) ?? [])).toEqual([]);
  });

  // The changelog names what is gone.
  it.skipIf(document === 'CHANGELOG.md')('names no npm script that does not exist', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    const named = [...textOf(document).matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

describe('docs/adr/README.md', () => {
  it('lists every decision record', () => {
    const records = globSync('[0-9]*.md', { cwd: join(root, 'docs/adr') });
    expect(records.filter((record) => !textOf('docs/adr/README.md').includes(`(${record})`))).toEqual([]);
  });
});

describe('the query `crashes` of docs/operations.md', () => {
  const [, pattern = ''] = /^crashes\(\).*@message like \/(.+?)\/ \|/m.exec(textOf('docs/operations.md')) ?? [];
  const report = (status: string) => ({ requestId: '8286a188', metrics: { durationMs: 3000 }, status });

  // https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
  it.each([
    JSON.stringify({ time: '2026-11-28T12:00:00Z', type: 'platform.report', record: report('timeout') }),
    JSON.stringify({ time: '2026-11-28T12:00:00Z', type: 'platform.report', record: report('error') }),
    '{"type": "platform.report", "record": {"requestId": "8286a188", "status": "timeout"}}',
    'REPORT RequestId: 8286a188\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tStatus: timeout',
    'REPORT RequestId: 8286a188\tDuration: 90.00 ms\tStatus: error\tError Type: Runtime.ExitError',
  ])('finds %s', (line) => {
    expect(line).toMatch(new RegExp(pattern));
  });

  it.each([
    JSON.stringify({ time: '2026-11-28T12:00:00Z', type: 'platform.report', record: report('success') }),
    'REPORT RequestId: 8286a188\tDuration: 3.00 ms\tBilled Duration: 3 ms',
    JSON.stringify({ level: 'warn', message: 'push not delivered', outcome: { kind: 'transient', status: 500 } }),
  ])('leaves out %s', (line) => {
    expect(pattern).not.toBe('');
    expect(line).not.toMatch(new RegExp(pattern));
  });
});
