type PlainObject = Readonly<Record<string, unknown>>

function isPlainObject (value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null) return false
  return Object.getPrototypeOf(value) === Object.prototype
}

/** A copy of `ours` with `theirs` over it: plain objects are merged, everything else is replaced. */
export function merge<T extends PlainObject> (ours: T, theirs: PlainObject): T {
  const merged: Record<string, unknown> = { ...ours }
  for (const [key, value] of Object.entries(theirs)) {
    const mine = merged[key]
    merged[key] = isPlainObject(mine) && isPlainObject(value) ? merge(mine, value) : value
  }
  return merged as T
}
