/**
 * Takes a measure of each contender in each round, in turns, with another one first each time: so that no one always
 * comes after the same one.
 * @returns the measures of each contender, by round.
 */
export async function inRounds<T>(
  rounds: number,
  contenders: readonly string[],
  measure: (contender: string) => Promise<T>,
): Promise<Map<string, T[]>> {
  const measures = new Map(contenders.map((contender): [string, T[]] => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      measures.get(contender)?.push(await measure(contender));
    }
  }
  return measures;
}
