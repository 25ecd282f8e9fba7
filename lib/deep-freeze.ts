/** The same value, which nobody can change any more, however deep it is. It is plain JSON. */
export function deepFreeze<T> (json: T): T {
  const left: unknown[] = [json]
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if (typeof one !== 'object' || one === null) continue
    for (const value of Object.values(Object.freeze(one))) if (typeof value === 'object') left.push(value)
  }
  return json
}
