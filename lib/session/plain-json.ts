import { deepFreeze } from '../deep-freeze.ts'
import { ArgumentInvalid } from '../errors.ts'
import type { Claims } from '../user.ts'

/** Levels: not every Node has a limit of its own, and whatever is deeper nobody may be able to copy. */
const DEEPEST = 1000

function isTooDeep (json: unknown): boolean {
  let level: readonly unknown[] = [json]
  for (let depth = 0; depth < DEEPEST && level.length > 0; depth++) {
    level = level.flatMap(one => typeof one === 'object' && one !== null ? Object.values(one) : [])
  }
  return level.length > 0
}

/**
 * What the next request will see of a value, so that this one sees the same.
 *
 * @param TooLarge what is thrown for claims that are nested too deeply
 * @throws ArgumentInvalid
 */
export function plainJson (claims: Claims, TooLarge: new (options: ErrorOptions) => Error): Claims {
  try {
    const plain = JSON.parse(JSON.stringify(claims)) as Claims
    if (!isTooDeep(plain)) return deepFreeze(plain)
  } catch (cause) {
    if (cause instanceof RangeError) throw new TooLarge({ cause })
    throw new ArgumentInvalid(`Claims must be plain JSON: ${String(cause)}`)
  }
  throw new TooLarge({})
}
