import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { BasicUser } from '../options/basic-settings.ts'
import type { BasicCredentials } from './basic-credentials.ts'

/**
 * Makes the comparison with the users of the options. Digests have one length, and every user is compared whole: how
 * long it takes says neither whether there is such a user nor how much of the password is right.
 */
export function createUserCheck (users: readonly BasicUser[]): (credentials: BasicCredentials) => boolean {
  const key = randomBytes(32)
  const digest = (text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const known = users.map(({ name, password }) => ({ name: digest(name), password: digest(password.reveal()) }))

  return function isRight (credentials) {
    const name = digest(credentials.name)
    const password = digest(credentials.password)
    const matches = known.map(user => [timingSafeEqual(user.name, name), timingSafeEqual(user.password, password)])
    return matches.filter(([isName, isPassword]) => isName === true && isPassword === true).length > 0
  }
}
