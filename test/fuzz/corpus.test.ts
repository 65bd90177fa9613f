import { describe, expect, it } from 'vitest';
import { seededRandom } from '../support/random.ts';
import { createCorpus, kindOf } from './corpus.ts';
import { readRecipe, textOfRecipe } from './recipe-text.ts';
import { caseOf, newRecipe, randomOf, type Recipe } from './recipe.ts';

const resultOf = (statusCode: number, body: object, messages = 0) => ({
  response: { statusCode, body: JSON.stringify(body) },
  queued: Array.from({ length: messages }, (_, at) => ({ id: String(at), body: '' })),
});
const sent = caseOf(newRecipe(randomOf(1, 0)));
const fault = (parameter: string | undefined, code: string) => ({ ...(parameter && { parameter }), code, detail: 'x' });
const kindOfFaults = (...faults: object[]) => kindOf(sent, resultOf(400, { code: 400, faults }));

describe('the kind of an answer', () => {
  it('depends on the codes of the faults and on their parameters', () => {
    expect(kindOfFaults(fault('AppId', 'missing'))).toContain('"parameter":"AppId","code":"missing"');
    expect(kindOfFaults(fault('AppId', 'missing'))).not.toBe(kindOfFaults(fault('verb', 'missing')));
    expect(kindOfFaults(fault('AppId', 'missing'))).not.toBe(kindOfFaults(fault('AppId', 'characters')));
  });

  it('does not depend on other names, nor on how often there is a fault', () => {
    expect(kindOfFaults(fault('x', 'utf-8'), fault('y', 'utf-8'))).toBe(kindOfFaults(fault('z', 'utf-8')));
  });

  it('depends on about how many pushes are on the queue', () => {
    const kindOfPushes = (count: number) => kindOf(sent, resultOf(202, { code: 200 }, count));
    expect(new Set([0, 1, 2, 3, 9, 10, 1000].map(kindOfPushes)).size).toBe(5);
  });
});

describe('the corpus', () => {
  const recipesOf = (count: number) => {
    const corpus = createCorpus(10);
    for (let at = 0; at < 100; at += 1) {
      corpus.add(caseOf(newRecipe(randomOf(1, at))), resultOf(400, { faults: [fault(undefined, `f-${String(at)}`)] }));
    }
    const random = seededRandom(1);
    return { kinds: corpus.kinds(), recipes: Array.from({ length: count }, () => corpus.next(random)) };
  };

  it('keeps one recipe of each kind', () => {
    const corpus = createCorpus();
    corpus.add(sent, resultOf(400, {}));
    corpus.add(sent, resultOf(400, {}));
    corpus.add(sent, resultOf(401, {}));
    expect(corpus.kinds()).toBe(2);
  });

  it('tells a limited number of kinds apart', () => {
    const corpus = createCorpus(3);
    for (let status = 400; status < 500; status += 1) corpus.add(sent, resultOf(status, {}));
    expect(corpus.kinds()).toBe(30);
  });

  it('changes recipes so that each is of limited length and makes an event', () => {
    const { kinds, recipes } = recipesOf(3000);
    expect(kinds).toBe(100);
    expect(new Set(recipes.map(textOfRecipe)).size).toBeGreaterThan(2500);
    for (const { body, event } of recipes) expect([body.length <= 5, event.length <= 5]).toEqual([true, true]);
    for (const recipe of recipes.slice(0, 500)) expect(caseOf(recipe).recipe).toBe(recipe);
  });

  it('makes recipes whose texts can be read back', () => {
    const { recipes } = recipesOf(500);
    const again = recipes.map((recipe): Recipe | string => readRecipe(textOfRecipe(recipe)));
    expect(again).toEqual(recipes);
  });
});

describe('the text of a recipe', () => {
  it.each([
    ['', /^the text: /],
    ['{}', /^base: /],
    [textOfRecipe({ ...sent.recipe, body: [{ name: 'no mutation', seed: 1 }] }), /^body\.0\.name: /],
    [textOfRecipe({ ...sent.recipe, credential: { headers: {} } }), /^credential: /],
  ])('is refused with what is wrong with it: %s', (text, why) => {
    expect(readRecipe(text)).toMatch(why);
  });
});
