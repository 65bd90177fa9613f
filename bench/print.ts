import { isHeld, type Figure, type Goal, type Part, type PartResult } from './part.ts';

/** Prints the tables of a part. */
export function printPart({ title }: Part, { figures, goals, notes }: PartResult): void {
  console.log(`\n## ${title}\n`);
  const measures = Map.groupBy(figures, ({ measure, unit }) => `${measure}, ${unit}`);
  for (const [measure, ofMeasure] of measures) {
    console.log(`| ${measure} | median | half of the rounds |\n| --- | ---: | ---: |`);
    for (const figure of ofMeasure) console.log(lineOfFigure(figure));
    console.log('');
  }
  if (goals.length > 0) console.log('| goal | is | should be | |\n| --- | ---: | ---: | --- |');
  for (const goal of goals) console.log(lineOfGoal(goal));
  if (notes.length > 0) console.log(`\n${notes.join('\n')}`);
}

function lineOfFigure({ contender, median, lowerQuartile, upperQuartile }: Figure): string {
  const spread = lowerQuartile === upperQuartile ? '' : `${shown(lowerQuartile)} – ${shown(upperQuartile)}`;
  return `| ${contender} | ${shown(median)} | ${spread} |`;
}

function lineOfGoal(goal: Goal): string {
  const { goal: words, value, atMost, atLeast } = goal;
  const bound = atMost === undefined ? `≥ ${shown(atLeast ?? NaN)}` : `≤ ${shown(atMost)}`;
  return `| ${words} | ${shown(value)} | ${bound} | ${isHeld(goal) ? 'held' : 'missed'} |`;
}

/** Three digits that count. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.001))));
  return value.toFixed(Math.min(digits, 3));
}
