import { deepFreeze } from '../deep-freeze.ts'
import { ArgumentInvalid } from '../errors.ts'
import type { Claims } from '../user.ts'

/**
 * What the next request will see of a value, so that this one sees the same.
 *
 * @param TooLarge what is thrown for claims that are nested too deeply, or longer than `most` characters
 * @throws ArgumentInvalid
 */
export function plainJson (
  claims: Claims, TooLarge: new (options: ErrorOptions) => Error, most = Infinity
): Claims {
  try {
    const text = JSON.stringify(claims)
    if (text.length <= most) return deepFreeze(JSON.parse(text) as Claims)
  } catch (cause) {
    if (cause instanceof RangeError) throw new TooLarge({ cause })
    throw new ArgumentInvalid(`Claims must be plain JSON: ${String(cause)}`)
  }
  throw new TooLarge({})
}
