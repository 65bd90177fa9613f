import { describe, expect, it } from 'vitest';
import { checkPlaceholders, holds, parseCondition, parseUpdate, updated } from './dynamodb-conditions.ts';
import { itemOf } from './dynamodb-values.ts';

const item = itemOf({ one: 1, text: 'b', none: null });
const placeholders = {
  names: { '#one': 'one', '#other': 'other' },
  values: itemOf({ ':one': 1, ':two': 2, ':text': 'b' }),
};

describe('a condition', () => {
  it.each<[condition: string, isMet: boolean]>([
    ['one = :one', true],
    ['#one < :two', true],
    [':two <= #one', false],
    ['one > :one or one >= :one', true],
    ['text = :text AND one = :two', false],
    ['one = :one OR one = :two AND text = :one', true],
    ['(one = :one OR one = :two) AND text = :one', false],
    ['attribute_exists(none)', true],
    ['attribute_exists(#other)', false],
    ['attribute_not_exists( other )', true],
    ['other = :one', false],
    ['text < :one', false],
    ['none = :one', false],
  ])('%s is %s', (condition, isMet) => {
    expect(holds(parseCondition(condition), item, placeholders)).toBe(isMet);
  });

  it.each([
    'NOT one = :one',
    'one <> :one',
    'size(one) > :one',
    'one BETWEEN :one AND :two',
    'one.two = :one',
    'one =',
  ])('%s is not known to the model', (condition) => {
    expect(() => parseCondition(condition)).toThrow('the model of DynamoDB does not know');
  });

  it.each(['one = :three', '#three = :one', 'token = :one'])('%s is refused', (condition) => {
    expect(() => holds(parseCondition(condition), item, placeholders)).toThrow(
      expect.objectContaining({ name: 'ValidationException' }) as Error,
    );
  });

  it('is refused with placeholders that it does not use', () => {
    const check = (expression: string) => () => {
      checkPlaceholders([expression], placeholders);
    };
    expect(check('#one = :one AND #other = :two AND #one = :text')).not.toThrow();
    expect(check('#one = :one AND #other = :two')).toThrow('unused');
  });
});

describe('an update', () => {
  it('sets attributes to values', () => {
    const after = updated(item, parseUpdate('SET #one = :two, other = :text'), placeholders);
    expect(after).toEqual(itemOf({ one: 2, text: 'b', none: null, other: 'b' }));
  });

  it.each(['REMOVE one', 'ADD one :one', 'SET one = if_not_exists(one, :one)', 'SET one = one + :one'])(
    '%s is not known to the model',
    (expression) => {
      expect(() => parseUpdate(expression)).toThrow('the model of DynamoDB does not know');
    },
  );
});
