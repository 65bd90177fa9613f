import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { compareValues, validationError, type Item } from './dynamodb-values.ts';

/** An attribute, by its name or a placeholder such as `#name`, or a value, by a placeholder such as `:value`. */
type Operand = string;

export type Condition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'exists'; readonly attribute: Operand; readonly isExpected: boolean }
  | { readonly kind: 'compare'; readonly left: Operand; readonly operator: Operator; readonly right: Operand };

export interface Assignment {
  readonly attribute: Operand;
  readonly value: Operand;
}

/** What the placeholders of expressions stand for. */
export interface Placeholders {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
}

const operators = ['=', '<', '<=', '>', '>='] as const;
type Operator = (typeof operators)[number];

/**
 * Reads a condition of a write or of a key. It knows comparisons, the two functions of existence, AND, OR and brackets.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
export const parseCondition = cached((expression) => {
  const tokens = createTokens(expression);
  const any = (): Condition => {
    const of = [all()];
    while (tokens.takes('OR')) of.push(all());
    return of.length === 1 && of[0] ? of[0] : { kind: 'any', of };
  };
  const all = (): Condition => {
    const of = [one()];
    while (tokens.takes('AND')) of.push(one());
    return of.length === 1 && of[0] ? of[0] : { kind: 'all', of };
  };
  const one = (): Condition => {
    if (tokens.takes('(')) {
      const condition = any();
      tokens.expect(')');
      return condition;
    }
    for (const [name, isExpected] of existence) {
      if (!tokens.takes(name)) continue;
      tokens.expect('(');
      const attribute = tokens.operand();
      tokens.expect(')');
      return { kind: 'exists', attribute, isExpected };
    }
    const left = tokens.operand();
    const operator = operators.find((each) => tokens.takes(each));
    if (operator === undefined) return tokens.refuse();
    return { kind: 'compare', left, operator, right: tokens.operand() };
  };
  const condition = any();
  tokens.end();
  return condition;
});

const existence = [
  ['attribute_exists', true],
  ['attribute_not_exists', false],
] as const;

/** Reads an update that sets attributes to values: the model knows no other ones. */
export const parseUpdate = cached((expression): readonly Assignment[] => {
  const tokens = createTokens(expression);
  tokens.expect('SET');
  const assignments: Assignment[] = [];
  do {
    const attribute = tokens.operand();
    tokens.expect('=');
    assignments.push({ attribute, value: tokens.operand() });
  } while (tokens.takes(','));
  tokens.end();
  return assignments;
});

/** Whether a condition holds for an item. What is compared with an attribute that is not there does not hold. */
export function holds(condition: Condition, item: Item, placeholders: Placeholders): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.of.every((each) => holds(each, item, placeholders));
    case 'any':
      return condition.of.some((each) => holds(each, item, placeholders));
    case 'exists':
      return (item[nameOf(condition.attribute, placeholders)] !== undefined) === condition.isExpected;
    case 'compare': {
      const [left, right] = [condition.left, condition.right].map((operand) =>
        operand.startsWith(':') ? valueOf(operand, placeholders) : item[nameOf(operand, placeholders)],
      );
      const order = left && right && compareValues(left, right);
      return order !== undefined && isInOrder(order, condition.operator);
    }
    default:
      return condition satisfies never;
  }
}

function isInOrder(order: number, operator: Operator): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return operator satisfies never;
  }
}

/** The item after an update. */
export function updated(item: Item, assignments: readonly Assignment[], placeholders: Placeholders): Item {
  const changes = assignments.map(({ attribute, value }) => [
    nameOf(attribute, placeholders),
    valueOf(value, placeholders),
  ]);
  return { ...item, ...(Object.fromEntries(changes) as Item) };
}

/**
 * Those of the reserved words that attributes of the relay have as their names.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
 */
const reserved: ReadonlySet<string> = new Set(['KEY', 'TOKEN', 'STATUS', 'DATA']);

export function nameOf(operand: Operand, { names }: Placeholders): string {
  if (reserved.has(operand.toUpperCase())) throw validationError(`Attribute name is a reserved keyword: ${operand}`);
  if (!operand.startsWith('#')) return operand;
  const name = names[operand];
  if (name === undefined) throw validationError(`An expression attribute name used is not defined: ${operand}`);
  return name;
}

export function valueOf(operand: Operand, { values }: Placeholders): AttributeValue {
  const value = values[operand];
  if (value === undefined) throw validationError(`An expression attribute value used is not defined: ${operand}`);
  return value;
}

/** DynamoDB refuses placeholders that no expression uses. */
export function checkPlaceholders(expressions: readonly string[], { names, values }: Placeholders): void {
  const used = new Set(expressions.flatMap((expression) => expression.match(/[#:]\w+/g) ?? []));
  const [unused] = [...Object.keys(names), ...Object.keys(values)].filter((name) => !used.has(name));
  if (unused !== undefined) throw validationError(`A value provided is unused in expressions: ${unused}`);
}

/** A reader of the words and signs of an expression. */
function createTokens(expression: string) {
  const tokens = expression.match(/[<>=]+|[(),]|[#:]?\w+|\S/g) ?? [];
  let next = 0;
  const refuse = (): never => {
    throw new Error(`the model of DynamoDB does not know "${tokens.slice(next).join(' ')}" in "${expression}"`);
  };
  const takes = (token: string): boolean => {
    if (tokens[next]?.toUpperCase() !== token.toUpperCase()) return false;
    next += 1;
    return true;
  };
  return {
    refuse,
    takes,
    expect(token: string) {
      if (!takes(token)) refuse();
    },
    operand(): Operand {
      const token = tokens[next];
      if (token === undefined || !/^([#:]\w+|[A-Za-z]\w*)$/.test(token) || /^not$/i.test(token)) return refuse();
      next += 1;
      return token;
    },
    end() {
      if (next < tokens.length) refuse();
    },
  };
}

/** Reads each expression once: the functions have a handful. */
function cached<T>(parse: (expression: string) => T): (expression: string) => T {
  const read = new Map<string, T>();
  return (expression) => {
    const known = read.get(expression);
    if (known !== undefined) return known;
    const parsed = parse(expression);
    read.set(expression, parsed);
    return parsed;
  };
}
