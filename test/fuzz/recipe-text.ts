import * as v from 'valibot';
import { bases } from './bases.ts';
import { carrierNames } from './carriers.ts';
import { credentials } from './credentials.ts';
import { bodySteps, eventSteps, type Recipe } from './recipe.ts';

const seed = v.pipe(v.number(), v.integer());
const steps = (names: readonly string[]) => v.array(v.strictObject({ name: v.picklist(names), seed }));
const recipeText = v.pipe(
  v.string(),
  v.parseJson(),
  v.strictObject({
    base: v.picklist(bases.map(({ name }) => name)),
    body: steps([...bodySteps.form.all, ...bodySteps.json.all]),
    carrier: v.strictObject({ name: v.picklist(carrierNames), seed }),
    event: steps(eventSteps.all),
    access: v.picklist(['open', 'keys']),
    credential: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(credentials.length - 1)),
  }),
);

/** A recipe as one line of JSON, which can stand between single quotes in a shell. */
export function textOfRecipe({ base, credential, ...rest }: Recipe): string {
  return JSON.stringify({ base: base.name, ...rest, credential: credentials.indexOf(credential) });
}

/** @returns the recipe, or what is wrong with its text. */
export function readRecipe(text: string): Recipe | string {
  const reading = v.safeParse(recipeText, text);
  if (!reading.success) {
    const [{ message }] = reading.issues;
    return `${v.getDotPath(reading.issues[0]) ?? 'the text'}: ${message}`;
  }
  const { base: name, credential: at, ...rest } = reading.output;
  const base = bases.find((one) => one.name === name);
  const credential = credentials[at];
  return base === undefined || credential === undefined ? 'it names an unknown event' : { ...rest, base, credential };
}
