import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../../shared/outcomes/filter.ts';

const faultsOf = (text: string) => {
  const reading = parseFilter(text);
  return 'faults' in reading ? reading.faults : [];
};

describe('a filter', () => {
  it('is a policy of SNS: each attribute must have one of its values', () => {
    expect(parseFilter('reason=unregistered;client=crm,backend')).toEqual({
      value: { reason: ['unregistered'], client: ['crm', 'backend'] },
    });
  });

  it('may have white space and a last semicolon', () => {
    expect(parseFilter(' queue = sweeps ; appId = com.example.a , com.example.b ;')).toEqual({
      value: { queue: ['sweeps'], appId: ['com.example.a', 'com.example.b'] },
    });
  });

  it('that is empty lets every event pass', () => {
    expect(parseFilter('')).toEqual({ value: {} });
    expect(parseFilter(' ')).toEqual({ value: {} });
  });

  it.each([
    ['reason', ['"reason" must have the form ATTRIBUTE=VALUE or ATTRIBUTE=VALUE,VALUE']],
    ['client=a=b', ['"client=a=b" must have the form ATTRIBUTE=VALUE or ATTRIBUTE=VALUE,VALUE']],
    ['token=a', ['"token" is not an attribute: use one of outcome, reason, confirmed, verb, appId, client, queue']],
    ['=a', ['"" is not an attribute: use one of outcome, reason, confirmed, verb, appId, client, queue']],
    [
      'toString=a',
      ['"toString" is not an attribute: use one of outcome, reason, confirmed, verb, appId, client, queue'],
    ],
    [
      'reason=dead',
      ['"dead" is not a value of reason: use one of unregistered, rejected, expired, malformed, exhausted'],
    ],
    ['queue=push', ['"push" is not a value of queue: use one of pushes, sweeps']],
    ['client=', ['client has an empty value: remove it, or a comma']],
    ['client=a"b', ['client has a quotation mark or a backslash, which a filter cannot compare']],
    ['appId=a\\b', ['appId has a quotation mark or a backslash, which a filter cannot compare']],
    ['client=a,,b', ['client has an empty value: remove it, or a comma']],
    ['client=a;client=b', ['client is there twice: write its values after one =, separated by commas']],
    [';', ['has no condition: write one such as reason=unregistered, or remove it']],
    [
      'reason=dead;token=a',
      [
        '"dead" is not a value of reason: use one of unregistered, rejected, expired, malformed, exhausted',
        '"token" is not an attribute: use one of outcome, reason, confirmed, verb, appId, client, queue',
      ],
    ],
    ['outcome=rejected;reason=rejected;verb=a;appId=b;client=c;queue=pushes', ['names 6 attributes: SNS allows 5']],
  ])('is refused with every fault in it: %s', (text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('is refused if SNS finds it too complex', () => {
    const values = (count: number) => Array.from({ length: count }, (_, index) => `v${String(index)}`).join();
    expect(faultsOf(`client=${values(15)};appId=${values(10)}`)).toEqual([]);
    expect(faultsOf(`client=${values(15)};appId=${values(11)}`)).toEqual([
      'has 165 combinations of values: SNS allows 150, so leave some out',
    ]);
  });
});
