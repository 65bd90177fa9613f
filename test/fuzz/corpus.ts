import { choose } from '../support/random.ts';
import type { Result } from './judge.ts';
import { below, pick, type Random } from './mutation.ts';
import { fieldAt } from './oracle.ts';
import { bodySteps, eventSteps, newRecipe, stepOf, type Case, type Recipe, type Step } from './recipe.ts';

/** Recipes whose events got an answer of a new kind. */
export interface Corpus {
  /** How many kinds of answers there were. */
  readonly kinds: () => number;
  /** Keeps the recipe of an event, if the intake did something new with it. */
  readonly add: (sent: Case, result: Result) => void;
  /** A changed recipe of the corpus, or a new one. */
  readonly next: (random: Random) => Recipe;
}

/** Larger events, such as batches of many pushes, take more time than they are worth. */
const maxKeptBytes = 800;
const maxSteps = 5;

/** @param maxRecipes a new recipe replaces the oldest one beyond it, and ten times as many kinds are told apart. */
export function createCorpus(maxRecipes = 2000): Corpus {
  const kinds = new Set<string>();
  const recipes: Recipe[] = [];
  let kept = 0;
  return {
    kinds: () => kinds.size,
    add(sent, result) {
      if (kinds.size >= maxRecipes * 10) return;
      const kind = kindOf(sent, result);
      if (kinds.has(kind)) return;
      kinds.add(kind);
      if (sent.sent !== undefined && sent.sent.length > maxKeptBytes) return;
      recipes[kept % maxRecipes] = sent.recipe;
      kept += 1;
    },
    next: (random) =>
      recipes.length === 0 || random() < 0.5 ? newRecipe(random) : changed(pick(recipes, random), recipes, random),
  };
}

const fact =
  /(?:"parameter":"(?:verb|AppId|DeviceToken|Selector|Message|Account|TTL|Idempotency-Key)",)?"code":(?:\d+|"[\w-]+")/g;

/**
 * What an intake did with an event, without its details: the status, the different codes and parameters in the answer,
 * and about how many pushes are on the queue.
 */
export function kindOf({ recipe, client }: Case, { response, queued }: Result): string {
  const facts = new Set(String(fieldAt(response, 'body')).match(fact));
  const pushes = queued.length < 3 ? queued.length : queued.length < 10 ? 'few' : 'many';
  const status = String(fieldAt(response, 'statusCode'));
  const first = [...facts].slice(0, 3).sort();
  const accepted = status === '202' ? recipe.body.map(({ name }) => name).slice(-2) : [];
  return [recipe.base.format, client, status, String(pushes), ...first, ...accepted].join(' ');
}

/** Changes a recipe in one or two places. */
function changed(recipe: Recipe, others: readonly Recipe[], random: Random): Recipe {
  const once = changeOf(recipe, others, random);
  return random() < 0.3 ? changeOf(once, others, random) : once;
}

function changeOf(recipe: Recipe, others: readonly Recipe[], random: Random): Recipe {
  const { base, body, event, carrier } = recipe;
  const what = choose({ body: 6, event: 2, steps: 3, seed: 2, fewer: 1, carrier: 1, access: 1, base: 1 }, random());
  switch (what) {
    case 'body':
      return { ...recipe, body: withStep(body, stepOf(bodySteps[base.format].all, random), random) };
    case 'event':
      return { ...recipe, event: withStep(event, stepOf(eventSteps.all, random), random) };
    case 'steps': {
      const other = pick(others, random);
      if (other.base.format !== base.format) return { ...recipe, event: other.event };
      return { ...recipe, body: [...body, ...other.body].slice(-maxSteps) };
    }
    case 'seed':
      return { ...recipe, body: body.map(({ name }) => stepOf([name], random)) };
    case 'fewer':
      return { ...recipe, body: without(body, random), event: without(event, random) };
    case 'carrier':
      return { ...recipe, carrier: random() < 0.5 ? newRecipe(random).carrier : { ...carrier, name: 'base64' } };
    case 'access': {
      const { access, credential } = newRecipe(random);
      return { ...recipe, access, credential };
    }
    case 'base': {
      const other = pick(others, random).base;
      return other.format === base.format ? { ...recipe, base: other } : recipe;
    }
    default:
      return what satisfies never;
  }
}

function withStep(steps: readonly Step[], step: Step, random: Random): Step[] {
  const all = steps.length < maxSteps ? steps : without(steps, random);
  return all.toSpliced(below(all.length + 1, random), 0, step);
}

function without(steps: readonly Step[], random: Random): Step[] {
  return steps.toSpliced(below(steps.length, random), 1);
}
