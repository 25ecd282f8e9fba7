import { ArgumentInvalid } from '../errors.ts'
import type { Claims } from '../user.ts'

/**
 * What the next request will see of a value, so that this one sees the same.
 *
 * @param TooLarge what is thrown for claims that are nested too deeply
 * @throws ArgumentInvalid
 */
export function plainJson (claims: Claims, TooLarge: new (options: ErrorOptions) => Error): Claims {
  try {
    return deepFreeze(JSON.parse(JSON.stringify(claims)) as Claims)
  } catch (cause) {
    if (cause instanceof RangeError) throw new TooLarge({ cause })
    throw new ArgumentInvalid(`Claims must be plain JSON: ${String(cause)}`)
  }
}

/** What was opened is shared by requests through a cache: what one of them changed, another would see. */
export function deepFreeze<T> (value: T): T {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
