import { gzipSync } from 'node:zlib';

/** The form of a push that is well, to which hostile pieces are added. */
export const wellForm = 'verb=NotifyReprovision&AppId=com.example.softphone&DeviceToken=t';

/** The most that a deployment can be configured to take for one push. */
export const largestBodyBytes = 262_144;

const deviceTokenInSomeCase = (mask: number) =>
  'devicetoken'.replace(/./g, (letter, at: number) => ((mask >> at) & 1 ? letter.toUpperCase() : letter));
const each = (count: number, piece: (index: number) => string) => Array.from({ length: count }, (_, at) => piece(at));

/** Bodies made to cost the door time or memory, each at most as large as is ever taken, and none a push. */
export const costlyBodies: Readonly<Record<string, string | Buffer>> = {
  'thousands of parameters': each(25_000, (at) => `p${String(at)}=1`).join('&'),
  'thousands of parameters without a name': '=&'.repeat(130_000),
  'one parameter thousands of times': 'AppId=a+b&'.repeat(25_000),
  'a name in thousands of wrong cases': each(2048, (at) => `${deviceTokenInSomeCase(at)}=%zz`).join('&'),
  'thousands of broken encodings': '%zz=%zz&'.repeat(30_000),
  'one value of broken encodings': `${wellForm}&Message=${'%'.repeat(260_000)}`,
  'one value of bytes that are not UTF-8': Buffer.alloc(largestBodyBytes, 0xff),
  'one value of NULs': Buffer.concat([Buffer.from(`${wellForm}&Message=`), Buffer.alloc(260_000)]),
  'names that JSON makes six times as long': each(64, (at) => `${String(at)}${'\0'.repeat(4000)}=%zz`).join('&'),
  'an identifier of white space': `${wellForm}${'+'.repeat(260_000)}`,
  'separators alone': '&'.repeat(largestBodyBytes),
  'equals signs alone': '='.repeat(largestBodyBytes),
  'deep JSON': '['.repeat(largestBodyBytes),
  'a gzip bomb': gzipSync(Buffer.alloc(10_000_000)),
};
