const MOST_AT_ONCE = 500

/**
 * Does something with many items, 500 at a time and one part after another: a list that somebody made long keeps
 * nobody else waiting for long.
 *
 * @example const entries = await inParts(keys, some => store.getMany(some))
 */
export async function inParts<T, R> (
  items: readonly T[], work: (part: readonly T[]) => Promise<readonly R[]>
): Promise<readonly R[]> {
  const done: R[] = []
  for (let start = 0; start < items.length; start += MOST_AT_ONCE) {
    done.push(...await work(items.slice(start, start + MOST_AT_ONCE)))
  }
  return done
}
