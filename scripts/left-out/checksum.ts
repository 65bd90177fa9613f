import { never } from './never.ts';

/** In place of `@smithy/core/checksum`, hashes in JavaScript: the client checks no MD5, and Node's crypto signs. */
export function Md5(): never {
  never('MD5');
}

export function Sha256(): never {
  never('SHA-256 in JavaScript');
}
