import { openFolder, statusOf } from '../bucket.ts';
import type { Question } from '../subject.ts';

const uploads = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html';
const completion = 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html';
const writes = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html';

const absent = { IfNoneMatch: '*' } as const;
/** Every part but the last has at least 5 MiB. */
const partBytes = 5 * 1024 * 1024;

export const uploadQuestions: readonly Question[] = [
  {
    title: 'Is an object there before its upload in parts is completed, and after?',
    aws: '404, accepted',
    source: uploads,
    async ask(subject) {
      const folder = await openFolder(subject);
      const upload = await folder.upload('a', 'text');
      const before = await statusOf(folder.head('a'));
      await upload.complete(absent);
      return `${before}, ${await statusOf(folder.head('a'))}`;
    },
  },
  {
    title: 'Has an object the bytes of both parts of its upload?',
    aws: 'yes',
    source: uploads,
    async ask(subject) {
      const folder = await openFolder(subject);
      const upload = await folder.upload('a', 'x'.repeat(partBytes), 'text');
      await upload.complete();
      return (await folder.head('a')).ContentLength === partBytes + 4 ? 'yes' : 'no';
    },
  },
  {
    title: 'Is an upload completed with If-None-Match where there is an object?',
    aws: '412',
    embedded: 'accepted',
    source: writes,
    async ask(subject) {
      const folder = await openFolder(subject);
      const upload = await folder.upload('a', 'text');
      await folder.put('a', 'other');
      const status = await statusOf(upload.complete(absent));
      if (status !== 'accepted') await statusOf(upload.abort());
      return status;
    },
  },
  {
    title: 'Of two uploads at once with If-None-Match, how many are completed?',
    aws: '1',
    embedded: '2',
    source: writes,
    async ask(subject) {
      const folder = await openFolder(subject);
      const both = await Promise.all(['x', 'y'].map((text) => folder.upload('a', text)));
      const statuses = await Promise.all(
        both.map(async (upload) => {
          const status = await statusOf(upload.complete(absent));
          if (status !== 'accepted') await statusOf(upload.abort());
          return status;
        }),
      );
      return String(statuses.filter((status) => status === 'accepted').length);
    },
  },
  {
    title: 'Is an upload completed after it was aborted?',
    aws: '404',
    source: completion,
    async ask(subject) {
      const folder = await openFolder(subject);
      const upload = await folder.upload('a', 'text');
      await upload.abort();
      return statusOf(upload.complete());
    },
  },
  {
    title: 'Is an upload completed twice?',
    aws: ['404', 'accepted'],
    source: completion,
    async ask(subject) {
      const folder = await openFolder(subject);
      const upload = await folder.upload('a', 'text');
      await upload.complete();
      return statusOf(upload.complete());
    },
  },
];
