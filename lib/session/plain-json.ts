import { deepFreeze } from '../deep-freeze.ts'
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
