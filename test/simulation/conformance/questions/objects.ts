import { openFolder, statusOf } from '../bucket.ts';
import type { Question } from '../subject.ts';

const writes = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html';
const reads = 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html';
const heads = 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html';
const objects = 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html';
const deletion = 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html';
const listing = 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html';
const consistency = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel';

const absent = { IfNoneMatch: '*' } as const;

export const objectQuestions: readonly Question[] = [
  {
    title: 'Is an object written with If-None-Match where there is none?',
    aws: 'accepted',
    source: writes,
    ask: async (subject) => statusOf((await openFolder(subject)).put('a', 'text', absent)),
  },
  {
    title: 'Is an object written with If-None-Match where there is one?',
    aws: '412',
    embedded: 'accepted',
    source: writes,
    async ask(subject) {
      const folder = await openFolder(subject);
      await folder.put('a', 'text');
      return statusOf(folder.put('a', 'text', absent));
    },
  },
  {
    title: 'Of five writes at once with If-None-Match, how many are done?',
    aws: '1',
    embedded: '5',
    source: writes,
    async ask(subject) {
      const folder = await openFolder(subject);
      const statuses = await Promise.all(Array.from('abcde', (text) => statusOf(folder.put('a', text, absent))));
      return String(statuses.filter((status) => status === 'accepted').length);
    },
  },
  {
    title: 'Is an object written with If-None-Match after it was deleted?',
    aws: 'accepted',
    source: writes,
    async ask(subject) {
      const folder = await openFolder(subject);
      await folder.put('a', 'text');
      await folder.delete('a');
      return statusOf(folder.put('a', 'text', absent));
    },
  },
  {
    title: 'Is an object written with the ETag that it has?',
    aws: 'accepted',
    source: writes,
    async ask(subject) {
      const folder = await openFolder(subject);
      const IfMatch = await folder.put('a', 'text');
      return statusOf(folder.put('a', 'other', { IfMatch }));
    },
  },
  {
    title: 'Is an object written with an ETag that it had?',
    aws: '412',
    embedded: 'accepted',
    source: writes,
    async ask(subject) {
      const folder = await openFolder(subject);
      const IfMatch = await folder.put('a', 'text');
      await folder.put('a', 'other');
      return statusOf(folder.put('a', 'third', { IfMatch }));
    },
  },
  {
    title: 'Is an object written with an ETag after it was deleted?',
    aws: '404',
    embedded: 'accepted',
    source: writes,
    async ask(subject) {
      const folder = await openFolder(subject);
      const IfMatch = await folder.put('a', 'text');
      await folder.delete('a');
      return statusOf(folder.put('a', 'other', { IfMatch }));
    },
  },
  {
    title: 'Of five writes at once with the same ETag, how many are done?',
    aws: '1',
    embedded: '5',
    source: writes,
    async ask(subject) {
      const folder = await openFolder(subject);
      const IfMatch = await folder.put('a', 'text');
      const statuses = await Promise.all(
        Array.from('abcde', (text) => statusOf(folder.put('a', `after ${text}`, { IfMatch }))),
      );
      return String(statuses.filter((status) => status === 'accepted').length);
    },
  },
  {
    title: 'Do a write, a read, a head and a list give one ETag?',
    aws: 'yes',
    source: objects,
    async ask(subject) {
      const folder = await openFolder(subject);
      const written = await folder.put('a', 'text');
      const { ETag: read } = await folder.get('a');
      const { ETag: head } = await folder.head('a');
      const { Contents: [listed] = [] } = await folder.list();
      return [read, head, listed?.ETag].every((etag) => etag === written) ? 'yes' : 'no';
    },
  },
  {
    title: 'Has an object with the same bytes the same ETag?',
    aws: 'yes',
    source: objects,
    async ask(subject) {
      const folder = await openFolder(subject);
      const etag = await folder.put('a', 'text');
      const other = await folder.put('a', 'other');
      return etag === (await folder.put('a', 'text')) && etag !== other ? 'yes' : 'no';
    },
  },
  {
    title: 'Is an object read with another ETag than it has?',
    aws: '412',
    source: reads,
    async ask(subject) {
      const folder = await openFolder(subject);
      const etag = await folder.put('a', 'text');
      await folder.put('a', 'other');
      return statusOf(folder.get('a', etag));
    },
  },
  {
    title: 'What do a read and a head of a deleted object answer?',
    aws: '404, 404',
    source: heads,
    async ask(subject) {
      const folder = await openFolder(subject);
      await folder.put('a', 'text');
      await folder.delete('a');
      return [await statusOf(folder.get('a')), await statusOf(folder.head('a'))].join(', ');
    },
  },
  {
    title: 'Is a deletion of no object accepted?',
    aws: 'accepted',
    source: deletion,
    ask: async (subject) => statusOf((await openFolder(subject)).delete('a')),
  },
  {
    title: 'Have a read and a list what was just written?',
    aws: 'yes',
    source: consistency,
    async ask(subject) {
      const folder = await openFolder(subject);
      for (const text of ['1', '22', '333']) {
        await folder.put('a', text);
        const { Contents: [listed] = [] } = await folder.list();
        const { ContentLength } = await folder.head('a');
        if (listed?.Size !== text.length || ContentLength !== text.length) return 'no';
      }
      await folder.delete('a');
      const { Contents = [] } = await folder.list();
      return Contents.length === 0 ? 'yes' : 'no';
    },
  },
  {
    title: 'What does a list with a delimiter have?',
    aws: 'a.json c.json; b/',
    source: listing,
    async ask(subject) {
      const folder = await openFolder(subject);
      for (const name of ['c.json', 'b/1.json', 'a.json', 'b/2.json']) await folder.put(name, '{}');
      const { Contents = [], CommonPrefixes = [] } = await folder.list({ Delimiter: '/' });
      const nameOf = (key = '') => key.slice(folder.folder.length);
      return [Contents.map(({ Key }) => nameOf(Key)), CommonPrefixes.map(({ Prefix }) => nameOf(Prefix))]
        .map((names) => names.join(' '))
        .join('; ');
    },
  },
  {
    title: 'Does a list in pages have each object once?',
    aws: 'abcdefgh',
    source: listing,
    async ask(subject) {
      const folder = await openFolder(subject);
      await Promise.all(Array.from('hgfedcba', (name) => folder.put(name, name)));
      let names = '';
      let ContinuationToken: string | undefined;
      do {
        const page = await folder.list({ ContinuationToken, MaxKeys: 3 });
        names += page.Contents?.map(({ Key = '' }) => Key.slice(folder.folder.length)).join('') ?? '';
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      return names;
    },
  },
];
