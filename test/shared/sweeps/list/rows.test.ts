import fc from 'fast-check';
import { stringify } from 'csv-stringify/sync';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ListError } from '../../../../shared/sweeps/list/lines.ts';
import { readRows, type Row } from '../../../../shared/sweeps/list/rows.ts';

/** A list as a stream of chunks. */
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

async function rowsOf(list: string | Buffer, size = 65_536): Promise<Row[]> {
  const rows: Row[] = [];
  let through = 0;
  for await (const piece of readRows(inPieces(Buffer.from(list), size))) {
    for (const row of piece.rows) {
      expect(row.line).toBeGreaterThan(through);
      expect(row.line).toBeLessThanOrEqual(piece.throughLine);
    }
    rows.push(...piece.rows);
    through = piece.throughLine;
  }
  return rows;
}
const device = (appId: string, deviceToken: string, selector = '', lastSeen = '') => ({
  appId,
  deviceToken,
  selector,
  lastSeen,
});

describe('a list', () => {
  it.each<[what: string, list: string | Buffer]>([
    ['as SIPIS exports it', 'selector,appid,token,lastseen\nS:1,app,t+/=,2026-01-01 00:00:00+00\n'],
    ['with the names of the gateway', 'AppId,DeviceToken,Selector,lastseen\napp,t+/=,S:1,2026-01-01 00:00:00+00\n'],
    ['with other columns', 'rowid,selector,token,appid,lastseen\n7,S:1,t+/=,app,2026-01-01 00:00:00+00\n'],
    ['with quotes', '"selector","appid","token","lastseen"\n"S:1","app","t+/=","2026-01-01 00:00:00+00"\n'],
    ['with CRLF', 'selector,appid,token,lastseen\r\nS:1,app,t+/=,2026-01-01 00:00:00+00\r\n'],
    ['with a byte order mark', '\uFEFFselector,appid,token,lastseen\nS:1,app,t+/=,2026-01-01 00:00:00+00\n'],
    ['without an end of its last line', 'selector,appid,token,lastseen\nS:1,app,t+/=,2026-01-01 00:00:00+00'],
    ['with blanks around its names', 'selector , AppID, TOKEN ,LastSeen\nS:1,app,t+/=,2026-01-01 00:00:00+00\n'],
    ['of JSON Lines', '\n{"selector":"S:1","appid":"app","token":"t+/=","lastseen":"2026-01-01 00:00:00+00","x":1}\n'],
    ['gzipped', gzipSync('selector,appid,token,lastseen\nS:1,app,t+/=,2026-01-01 00:00:00+00\n')],
    [
      'gzipped in two parts',
      Buffer.concat([gzipSync('selector,appid,token,lastseen\nS:1,app,'), gzipSync('t+/=,2026-01-01 00:00:00+00\n')]),
    ],
  ])('%s is read, whatever the size of its chunks', async (_what, list) => {
    for (const size of [1, 2, 7, 65_536]) {
      expect(await rowsOf(list, size)).toEqual([
        { line: 2, device: device('app', 't+/=', 'S:1', '2026-01-01 00:00:00+00') },
      ]);
    }
  });

  it('may have empty fields with and without quotes', async () => {
    const rows = await rowsOf('appid,token,selector\na,"",\n,"t",""\n');
    expect(rows).toEqual([
      { line: 2, device: device('a', '') },
      { line: 3, device: device('', 't') },
    ]);
  });

  it('reports a broken row with its line, and reads the others', async () => {
    const long = 'x'.repeat(70_000);
    const list = ['appid,token', 'a,t1', 'a', 'a,"t', 'a,t2', '', 'a,"t"x', 'a,"t""3"', `a,${long}`, 'a,t4,'].join(
      '\n',
    );
    const expected = [
      { line: 2, device: device('a', 't1') },
      { line: 3, fault: 'The row has 1 field, the header has 2.' },
      { line: 4, fault: 'The quotes are not valid CSV.' },
      { line: 5, device: device('a', 't2') },
      { line: 7, fault: 'The quotes are not valid CSV.' },
      { line: 8, device: device('a', 't"3') },
      { line: 9, fault: 'The line is too long.' },
      { line: 10, fault: 'The row has 3 fields, the header has 2.' },
    ];
    for (const size of [1000, 65_536, 200_000]) expect(await rowsOf(list, size)).toEqual(expected);
  });

  it('reports a broken line of JSON, and reads the others', async () => {
    const rows = await rowsOf(
      '{"appid":"a","token":"t"}\n{"appid":\n[1]\nnull\n3\n{"appid":1}\n{"appid":null,"token":"t"}\n',
    );
    expect(rows).toEqual([
      { line: 1, device: device('a', 't') },
      { line: 2, fault: 'The line is not JSON.' },
      { line: 3, fault: 'The line is not a JSON object.' },
      { line: 4, fault: 'The line is not a JSON object.' },
      { line: 5, fault: 'The line is not a JSON object.' },
      { line: 6, fault: 'appid is not a string.' },
      { line: 7, device: device('', 't') },
    ]);
  });

  it('reports a line of JSON that names a column twice, as it does a header', async () => {
    expect(await rowsOf('{"AppId":"","token":"t","appid":"b"}\n{"AppId":"a","token":"t","appid":null}\n')).toEqual([
      { line: 1, fault: 'AppId and appid are the same column: leave one out.' },
      { line: 2, device: device('a', 't') },
    ]);
  });

  it('of JSON Lines may have blank lines, indented objects and lines that are too long', async () => {
    const long = `{"appid":"${'x'.repeat(70_000)}"}`;
    expect(await rowsOf(`  \n  {"appid":"a","token":"t"}\n \n${long}\n\t{"appid":"b","token":"u"}\n`)).toEqual([
      { line: 2, device: device('a', 't') },
      { line: 4, fault: 'The line is too long.' },
      { line: 5, device: device('b', 'u') },
    ]);
  });

  it('may have a row of 65,536 characters, and no longer one', async () => {
    const token = 'x'.repeat(65_534);
    for (const size of [1000, 65_536, 200_000]) {
      expect(await rowsOf(`appid,token\na,${token}\na,${token}x\na,t`, size)).toEqual([
        { line: 2, device: device('a', token) },
        { line: 3, fault: 'The line is too long.' },
        { line: 4, device: device('a', 't') },
      ]);
    }
  });

  it('may have any number of unknown columns, and carriage returns within a row', async () => {
    expect(await rowsOf('x,appid,y,token,z\n1,a,2,t,3\n')).toEqual([{ line: 2, device: device('a', 't') }]);
    expect(await rowsOf('appid,token\n"a\rb",t\n')).toEqual([{ line: 2, device: device('a\rb', 't') }]);
  });

  it('passes on an error of the network as it is', async () => {
    const compressed = gzipSync('appid,token\na,t\n'.repeat(1000));
    const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    for (const error of [reset, new Error('no code')]) {
      for (const beginning of [compressed.subarray(0, 30), Buffer.from('appid,token\na,t')]) {
        const failing = async function* () {
          yield beginning;
          await Promise.resolve();
          throw error;
        };
        const reading = async () => {
          for await (const { rows } of readRows(failing())) expect(rows.length).toBeLessThan(2000);
        };
        await expect(reading()).rejects.toBe(error);
      }
    }
  });

  it.each<[what: string, list: string | Buffer, error: string]>([
    ['is empty', '', 'is empty'],
    ['is blank', ' \n\n', 'is empty'],
    ['has no header', 'S,app,t\n', 'no column AppId (or appid) and no column DeviceToken (or token)'],
    ['has broken quotes in its header', 'appid,"token\n', 'must name its columns. The quotes are not valid CSV.'],
    ['has a header without end', 'x'.repeat(70_000), 'must name its columns. The line is too long.'],
    ['names a column twice', 'appid,token,x,AppId,y\n', 'appid and AppId are the same column: leave one out.'],
    ['is a JSON array', '\n [{"appid":"a","token":"t"}]\n', 'The list is a JSON array: write one object per line'],
    ['is an Excel workbook', Buffer.from('PK\x03\x04\x14\0\x06\0\n', 'latin1'), 'The list is an Excel workbook'],
    ['is UTF-16', Buffer.from('\uFEFFappid,token\na,t\n', 'utf16le'), 'The list is UTF-16'],
    ['is UTF-16 in big endian', Buffer.from('appid,token\na,t\n', 'utf16le').swap16(), 'The list is UTF-16'],
    ['is JSON in UTF-16', Buffer.from('{"appid":"a","token":"t"}\n', 'utf16le'), 'The list is UTF-16'],
    ['has semicolons', '\uFEFFAppId;DeviceToken\na;t\n', 'The list has semicolons between its columns: save it as CSV'],
    ['has semicolons and quotes', '"id";"token"\n"a";"t"\n', 'The list has semicolons between its columns'],
    ['has a first byte of gzip only', Buffer.from('\x1fappid\nt\n', 'latin1'), 'no column AppId'],
    ['has one column', 'token\nt\n', 'no column AppId (or appid)'],
    ['is cut short', gzipSync('appid,token\n'.repeat(1000)).subarray(0, 30), "can't be decompressed"],
  ])('is refused if it %s', async (_what, list, error) => {
    await expect(rowsOf(list)).rejects.toThrow(ListError);
    await expect(rowsOf(list)).rejects.toThrow(error);
  });

  it('does not show a token in the error if it has no header', async () => {
    await expect(rowsOf('app,SECRET-TOKEN\n')).rejects.toThrow(/^(?!.*SECRET).*$/);
  });

  it('is read as a writer of CSV wrote it', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', ' ', 'é', '😀'), maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(field, field), { minLength: 1 }), fc.nat(40), async (pairs, size) => {
        const list = stringify([['appid', 'token'], ...pairs.map(([a, t]) => [`${a}.`, t])]);
        const rows = await rowsOf(list, size + 1);
        expect(rows).toEqual(pairs.map(([a, t], index) => ({ line: index + 2, device: device(`${a}.`, t) })));
      }),
    );
  });
});
