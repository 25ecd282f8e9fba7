/**
 * The order of a round: each begins with another one, and every second goes backwards, so that nobody always follows
 * the same neighbour or has the end of the round.
 */
export function orderOf<T> (all: readonly T[], round: number): readonly T[] {
  const start = round % Math.max(all.length, 1)
  const turned = [...all.slice(start), ...all.slice(0, start)]
  return round % 2 === 0 ? turned : turned.reverse()
}
