/** The names under `params.default` in the text of `serverless.yml`: every parameter that a deployment has. */
export function parameterNames(serverlessYml: string): string[] {
  const [, defaults = ''] = /^params:\n {2}default:\n((?: {4}.*\n|\n)+)/m.exec(serverlessYml) ?? [];
  return [...defaults.matchAll(/^ {4}(\w+):/gm)].map(([, name = '']) => name);
}

/** What is wrong with the parameters of a command line, a line each. The framework takes any name without a word. */
export function faultsOfParameters(options: readonly string[], known: readonly string[]): string[] {
  return namesGiven(options)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const close = closest(name, known);
      const remedy = close === undefined ? `the known ones are ${known.join(', ')}` : `did you mean ${close}?`;
      return `There is no parameter ${name}: ${remedy}`;
    });
}

/** `--param NAME=VALUE` and `--param=NAME=VALUE`. */
function namesGiven(options: readonly string[]): string[] {
  return options.flatMap((option, index) => {
    const given = option.startsWith('--param=') ? option.slice('--param='.length) : undefined;
    const entry = given ?? (options[index - 1] === '--param' ? option : undefined);
    return entry === undefined ? [] : [entry.split('=', 1)[0] ?? ''];
  });
}

/** A misspelling has a third of its letters wrong at the most. */
function closest(name: string, known: readonly string[]): string | undefined {
  const byDistance = known
    .map((candidate) => ({ candidate, edits: editsBetween(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const [first] = byDistance;
  return first !== undefined && first.edits <= name.length / 3 ? first.candidate : undefined;
}

/** Letters to be put in, taken out or replaced (the distance of Levenshtein). */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(from).entries()) {
    const next = [index + 1];
    for (const [column, other] of Array.from(to).entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
