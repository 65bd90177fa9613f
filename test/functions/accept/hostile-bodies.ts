import { gzipSync } from 'node:zlib';

/** The form of a valid push, to which hostile parts are added. */
export const validForm = 'verb=NotifyReprovision&AppId=com.example.softphone&DeviceToken=t';

/** The largest `maxBodyBytes` of a deployment. */
export const largestBodyBytes = 262_144;

const deviceTokenInSomeCase = (mask: number) =>
  'devicetoken'.replace(/./g, (character, at: number) => ((mask >> at) & 1 ? character.toUpperCase() : character));
const each = (count: number, piece: (index: number) => string) => Array.from({ length: count }, (_, at) => piece(at));

/** Bodies that could cost the intake much time or memory. None is larger than `largestBodyBytes`, and none is a push. */
export const costlyBodies: Readonly<Record<string, string | Buffer>> = {
  'thousands of parameters': each(25_000, (at) => `p${String(at)}=1`).join('&'),
  'thousands of parameters without a name': '=&'.repeat(130_000),
  'one parameter thousands of times': 'AppId=a+b&'.repeat(25_000),
  'a name in thousands of wrong cases': each(2048, (at) => `${deviceTokenInSomeCase(at)}=%zz`).join('&'),
  'thousands of broken encodings': '%zz=%zz&'.repeat(30_000),
  'one value of broken encodings': `${validForm}&Message=${'%'.repeat(260_000)}`,
  'one value of bytes that are not UTF-8': Buffer.alloc(largestBodyBytes, 0xff),
  'one value of NULs': Buffer.concat([Buffer.from(`${validForm}&Message=`), Buffer.alloc(260_000)]),
  'names that JSON makes six times as long': each(64, (at) => `${String(at)}${'\0'.repeat(4000)}=%zz`).join('&'),
  'an identifier of white space': `${validForm}${'+'.repeat(260_000)}`,
  'separators alone': '&'.repeat(largestBodyBytes),
  'equals signs alone': '='.repeat(largestBodyBytes),
  'deep JSON': '['.repeat(largestBodyBytes),
  'a gzip bomb': gzipSync(Buffer.alloc(10_000_000)),
};

const largestBatchBytes = 1_048_576;
const valid = '"verb":"NotifyReprovision","AppId":"a","DeviceToken":"t"';
const nested = (open: string, close: string) => {
  const depth = Math.floor((largestBatchBytes - valid.length - 20) / (open.length + close.length));
  return open.repeat(depth) + close.repeat(depth);
};

/** The same as JSON. None is larger than 1 MiB. */
export const costlyJson: Readonly<Record<string, string | Buffer>> = {
  'open arrays alone': '['.repeat(largestBatchBytes),
  'open objects alone': '{"a":'.repeat(200_000),
  'a push that is a deep array': nested('[', ']'),
  'a value that is a deep array': `[{${valid},"x":${nested('[', ']')}}]`,
  'a value that is a deep object': `[{${valid},"x":${nested('{"a":', '}').replace(':}', ':0}')}}]`,
  'a prototype': `{"__proto__":{${valid}}}`,
  'a push of thousands of attributes': `[{${each(80_000, (at) => `"p${String(at)}":[]`).join(',')}}]`,
  'a thousand pushes of many faults': JSON.stringify(
    each(1000, () => '').map(() => Object.fromEntries(each(60, (at) => `n${String(at)}`).map((name) => [name, []]))),
  ),
  'a thousand pushes with names that the answer makes longer': JSON.stringify(
    each(1000, () => '').map(() =>
      Object.fromEntries(each(3, (at) => `${String(at)}${'\u0001'.repeat(50)}`).map((name) => [name, []])),
    ),
  ),
  'a thousand pushes with names that are escaped twice, and with two faults each': JSON.stringify(
    each(1000, () => '').map(() =>
      Object.fromEntries(each(3, (at) => `${String(at)}\u0001${'"'.repeat(62)}`).map((name) => [name, []])),
    ),
  ),
  'thousands of pushes': `[${each(200_000, () => '{}').join(',')}]`,
  'a huge number': `[{${valid},"Badge":${'9'.repeat(1_000_000)}}]`,
  'bytes that are not UTF-8': Buffer.alloc(largestBatchBytes, 0xff),
};
