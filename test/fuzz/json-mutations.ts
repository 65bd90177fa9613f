import { bounds } from '../../shared/push/validation.ts';
import { accounts } from './accounts.ts';
import {
  byteMutations,
  maxBodyBytes,
  near,
  oddNames,
  oddValues,
  onText,
  rawUtf8,
  replaceOne,
} from './byte-mutations.ts';
import { hostileNames, hostilePushes, hostileTexts, hostileValues } from './json-pieces.ts';
import { decodedNameOf, listOf, nameOf } from './json-parts.ts';
import { below, harmful, harmless, pick, shuffle, type Mutation, type Random } from './mutation.ts';

type Change = (parts: readonly string[], random: Random) => readonly string[];

/** Changes the pushes of a batch, or a single one, which becomes a batch if there are several afterwards. */
const onPushes = (change: Change) =>
  onText((text, random) => {
    const list = listOf(text);
    if (list?.open !== '[') return joined(change([text], random));
    return `[${change(list.parts, random).join(',')}]`;
  });
/** Changes one of the pushes. */
const onPush = (change: (push: string, random: Random) => string) =>
  onPushes((pushes, random) => {
    if (pushes.length === 0) return pushes;
    const at = below(pushes.length, random);
    return pushes.with(at, change(pushes[at] ?? '', random));
  });
/** Changes the members of one of the pushes. */
const onMembers = (change: Change) =>
  onPush((push, random) => {
    const list = listOf(push);
    return list?.open === '{' ? `{${change(list.parts, random).join(',')}}` : push;
  });
/** Changes one of the members of one of the pushes. */
const onMember = (change: (name: string, value: string, random: Random) => string) =>
  onMembers((members, random) => {
    if (members.length === 0) return members;
    const at = below(members.length, random);
    const member = members[at] ?? '';
    const name = nameOf(member) ?? member;
    return members.with(at, change(name, member.slice(member.indexOf(':', name.length) + 1), random));
  });

const joined = (pushes: readonly string[]) => (pushes.length === 1 ? (pushes[0] ?? '') : `[${pushes.join(',')}]`);
const quoted = (text: string) => rawUtf8(JSON.stringify(text));
/** Not as it is: in an event with text, it would stand for bytes that were lost. */
const quotedSafely = (text: string) => quoted(text).replaceAll(rawUtf8('\uFFFD'), '\\ufffd');
const space = (random: Random) => pick(['', ' ', '\n', '\t', '\r\n  '], random);
const wholeValues = [
  '3',
  '-7',
  '0',
  '-0',
  '1e2',
  '1.0',
  '20E-1',
  '9007199254740991',
  '-9007199254740991',
  'true',
  'false',
];

/** Mutations of JSON. */
export const jsonMutations: Readonly<Record<string, Mutation<Buffer>>> = {
  ...byteMutations,
  'pushes in another order': harmless(onPushes(shuffle)),
  'a push again': harmless(
    onPushes((pushes, random) => (pushes.length === 0 ? pushes : [...pushes, pick(pushes, random)])),
  ),
  'a push in a batch of its own': harmless(onText((text) => (listOf(text)?.open === '{' ? `[${text}]` : text))),
  'parameters in another order': harmless(
    // The last of a repeated name counts, so only others change their places.
    onMembers((all, random) => (new Set(all.map(decodedNameOf)).size === all.length ? shuffle(all, random) : all)),
  ),
  'white space around signs': harmless(
    onText((text, random) =>
      text.replace(/"(?:[^"\\]|\\.)*"|[[\]{}:,]/gs, (found) =>
        found.startsWith('"') ? found : space(random) + found + space(random),
      ),
    ),
  ),
  'characters as escapes': harmless(
    onText((text, random) =>
      text.replace(/"(?:[^"\\]|\\.)*"/gs, (found) =>
        found.replace(/\\u....|\\.|[\x20\x21\x23-\x7E]/gs, (sign) =>
          sign.startsWith('\\') || random() < 0.95 ? sign : escapeOf(sign),
        ),
      ),
    ),
  ),
  'one more parameter': harmless(
    onMembers((all, random) => [
      ...all,
      `${quotedSafely(pick(oddNames, random))}:${quotedSafely(pick(oddValues, random))}`,
    ]),
  ),
  'one more parameter that is not a string': harmless(
    onMembers((all, random) => [...all, `"${pick(['Badge', 'Silent', '0'], random)}":${pick(wholeValues, random)}`]),
  ),
  'a parameter that is null': harmless(
    onMembers((all, random) => [...all, `${quotedSafely(pick(['Sound', ...oddNames], random))}:null`]),
  ),
  'a value that does not count': harmless(
    onMembers((all, random) => {
      if (all.length === 0) return all;
      const value = pick(['""', 'null', '[]', '{"a":[1]}', '1.5', '"\\ud800"', '"x y"'], random);
      return [`${nameOf(pick(all, random)) ?? '"x"'}:${value}`, ...all];
    }),
  ),

  'to an account': harmful(
    onMembers((all, random) => [
      ...all.filter((member) => !['AppId', 'DeviceToken', 'Selector'].includes(decodedNameOf(member) ?? '')),
      `"Account":${quoted(pick(accounts, random))}`,
    ]),
  ),
  'an account besides': harmful(onMembers((all, random) => [...all, `"Account":${quoted(pick(accounts, random))}`])),
  'a hostile value': harmful(onMember((name, _value, random) => `${name}:${pick(hostileValues, random)}`)),
  'a hostile name': harmful(onMember((_name, value, random) => `${pick(hostileNames, random)}:${value}`)),
  'one more parameter with a hostile value': harmful(
    onMembers((all, random) => [...all, `"Text":${pick(hostileValues, random)}`]),
  ),
  'one more parameter with a hostile name': harmful(
    onMembers((all, random) => [...all, `${pick(hostileNames, random)}:${pick(['"x"', 'null', '[]'], random)}`]),
  ),
  'a hostile piece in a value': harmful(
    onMember((name, value, random) => {
      const at = 1 + below(Math.max(value.length - 1, 1), random);
      return `${name}:${value.slice(0, at)}${pick(hostileTexts, random)}${value.slice(at)}`;
    }),
  ),
  'a value repeated with another': harmful(
    onMembers((all, random) => {
      if (all.length === 0) return all;
      return [...all, `${nameOf(pick(all, random)) ?? '"x"'}:${pick(hostileValues, random)}`];
    }),
  ),
  'a parameter left out': harmful(onMembers((all, random) => all.toSpliced(below(all.length, random), 1))),
  'values swapped': harmful(
    onMembers((all, random) => {
      const values = shuffle(all, random).map((member) => member.slice(member.indexOf(':') + 1));
      return all.map((member, at) => `${nameOf(member) ?? '"x"'}:${values[at] ?? ''}`);
    }),
  ),
  'a parameter in an object': harmful(onMember((name, value) => `${name}:{${name}:${value}}`)),
  'a parameter in an array': harmful(onMember((name, value) => `${name}:[${value}]`)),
  'deep in a value': harmful(
    onMember((name, value, random) => {
      const depth = 1 + below(400, random);
      return random() < 0.5
        ? `${name}:${'['.repeat(depth)}${value}${']'.repeat(depth)}`
        : `${name}:${'{"a":'.repeat(depth)}${value}${'}'.repeat(depth)}`;
    }),
  ),
  'about as many parameters as the maximum': harmful(
    onMembers((all, random) => {
      const missing = Math.max(near(bounds.parameters, random) - all.length, 0);
      return [
        ...all,
        ...Array.from({ length: missing }, (_, at) => `"p${String(at)}":${random() < 0.9 ? '""' : 'null'}`),
      ];
    }),
  ),
  'a name about as long as the maximum': harmful(
    onMembers((all, random) => {
      const letter = pick(['n', '\\u00e9', '\\ud83d\\ude00', rawUtf8('é')], random);
      return [...all, `"n${letter.repeat(near(bounds.nameCharacters - 1, random))}":1`];
    }),
  ),
  'a push about as large as the maximum': harmful(
    onMembers((all, random) => [
      ...all,
      `"Pad":"${'x'.repeat(Math.max(near(maxBodyBytes, random) - sizeOf(all), 0))}"`,
    ]),
  ),

  'a push left out': harmful(onPushes((all, random) => all.toSpliced(below(all.length, random), 1))),
  'what is no push among the others': harmful(
    onPushes((all, random) => all.toSpliced(below(all.length + 1, random), 0, pick(hostilePushes, random))),
  ),
  'a push that is none': harmful(onPush((_push, random) => pick(hostilePushes, random))),
  'a push in an array': harmful(onPush((push) => `[${push}]`)),
  'a push in an object': harmful(onPush((push) => `{"push":${push}}`)),
  'a push in the prototype': harmful(onPush((push) => `{"__proto__":${push}}`)),
  'a push in a string': harmful(onPush((push) => JSON.stringify(push))),
  'two pushes in one': harmful(
    onPushes((all, random) => [
      `{${all.map((push) => listOf(push)?.parts.join(',') ?? '').join(',')}}`,
      pick(['{}', '7'], random),
    ]),
  ),
  'the batch in an array': harmful(onText((text) => `[${text}]`)),
  'the batch in an object': harmful(onText((text) => `{"pushes":${text}}`)),
  'deep in arrays': harmful(
    onText((text, random) => {
      const depth = 1 + below(400, random);
      return '['.repeat(depth) + text + ']'.repeat(depth - below(2, random));
    }),
  ),
  'one push a line': harmful(onText((text) => (listOf(text)?.parts ?? []).join('\n'))),
  'many pushes': harmful(
    onPushes((all, random) => Array.from({ length: 12 + below(20, random) }, (_, at) => all[at % all.length] ?? '{}')),
  ),
  'about as many pushes as the maximum': harmful(
    onPushes((all, random) => {
      const missing = Math.max(near(bounds.batchPushes, random) - all.length, 0);
      return [...all, ...Array.from<string>({ length: missing }).fill(pick(['{}', '7', '[]'], random))];
    }),
  ),
  'about as large as the maximum of a batch': harmful((bytes, random) => {
    // Seldom, because a megabyte costs as much time as hundreds of other bodies.
    const most = random() < 0.1 ? bounds.batchBytes : maxBodyBytes;
    return Buffer.concat([bytes, Buffer.alloc(Math.max(near(most, random) - bytes.length, 0), ' ')]);
  }),
  'a hostile piece put in': harmful(
    onText((text, random) => {
      const at = below(text.length + 1, random);
      return text.slice(0, at) + pick([...hostileTexts, ...hostileValues], random) + text.slice(at);
    }),
  ),
  'a separator changed': harmful(
    onText((text, random) =>
      replaceOne(text, /[[\]{}:,"]/g, random, () =>
        pick(['[', ']', '{', '}', ':', ',', '"', "'", ',,', '=', ';', ''], random),
      ),
    ),
  ),
  'an empty batch': harmful<Buffer>((_bytes, random) =>
    Buffer.from(pick(['[]', ' [ ] ', '[[]]', '[{}]', '{}'], random)),
  ),
  'as a form': harmful(
    onText((text) => {
      const members = listOf(listOf(text)?.open === '[' ? (listOf(text)?.parts[0] ?? '') : text)?.parts ?? [];
      return members.map((member) => member.replace(/^\s*"(.*?)"\s*:\s*"?(.*?)"?\s*$/s, '$1=$2')).join('&');
    }),
  ),
};

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The size of the names and values of members, if they contain no escapes, with the name `Pad`. */
function sizeOf(members: readonly string[]): number {
  return members.join('').replace(/^|"|:(?=")/g, '').length + 'Pad'.length;
}
