import { ArgumentInvalid } from '../errors.ts'
import { GENERATION_LIFE } from '../session/generation.ts'
import type { SessionStart } from '../session/session.ts'
import { AuthUser } from '../user.ts'

/** How a login is started. */
export interface LoginOptions {
  /**
   * The login outlives the browser's session, for `session.remember` seconds.
   * @default what the AuthUser says of itself, false for an id
   */
  remember?: boolean
  /** The person has just proved who they are. @default what the AuthUser says of itself, true for an id */
  fresh?: boolean
  /** Length of this login in seconds, instead of `session.absolute` or `session.remember`; at most 400 days. */
  ttl?: number
}

/** 400 days: nothing that ends all sessions of a person is remembered for longer. */
const LONGEST_TTL = GENERATION_LIFE
const KNOWN = ['remember', 'fresh', 'ttl']

function assertOptions (options: unknown): asserts options is LoginOptions {
  if (typeof options !== 'object' || options === null) throw new ArgumentInvalid('loginUser takes its options as an object.')
  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) throw new ArgumentInvalid(`loginUser has no option "${key}". Its options are ${KNOWN.join(', ')}.`)
  }
  const { remember = false, fresh = true, ttl = 1 } = options as Record<string, unknown>
  if (typeof remember !== 'boolean') throw new ArgumentInvalid('The option "remember" of loginUser must be true or false.')
  if (typeof fresh !== 'boolean') throw new ArgumentInvalid('The option "fresh" of loginUser must be true or false.')
  if (typeof ttl !== 'number' || !Number.isSafeInteger(ttl) || ttl < 1 || ttl > LONGEST_TTL) {
    throw new ArgumentInvalid(`The option "ttl" of loginUser must be a whole number of seconds from 1 to ${LONGEST_TTL}.`)
  }
}

/**
 * What `loginUser` was called with, made strict. What an AuthUser says of itself holds where the options say nothing:
 * whoever logs `currentUser` in again, with other claims, makes no stale login fresh.
 */
export function resolveLoginStart (who: unknown, options: unknown = {}): SessionStart {
  const user = who instanceof AuthUser ? who : new AuthUser(who as string)
  const { id, identity, claims, userinfo, scopes, isFresh, isRemembered, authenticatedAt } = user
  if (typeof id !== 'string' || id === '') {
    throw new ArgumentInvalid('loginUser takes the id of a person as a text that is not empty, or an AuthUser. Write String(id) for a number.')
  }
  assertOptions(options)
  const { remember = isRemembered, fresh = isFresh, ttl } = options
  return { userId: id, identity, claims, userinfo, scopes, authenticatedAt, remember, fresh, ttl }
}
