import { LoginTooWeak, SessionLost, TokensNotKept } from '../../errors.ts'
import { hasDemands, type LoginDemands } from './demands.ts'

/**
 * So many logins in half a minute are a circle. A browser that keeps no session, or a session whose tokens are gone
 * again, is one after two. A page may lack more than one thing, and a person who signs in again and again may mean it.
 */
const MOST = Object.freeze({ lost: 2, stepUps: 4, any: 6 })

/**
 * Whether one more login helps a browser that has just signed in.
 *
 * @param rounds how often it did
 * @throws SessionLost, TokensNotKept, LoginTooWeak
 */
export function assertNoCircle (rounds: number, hasSession: boolean, demands: LoginDemands): void {
  if (rounds < MOST.lost) return
  if (!hasSession) throw new SessionLost()
  if (demands.forTokens === true) throw new TokensNotKept()
  if (rounds >= (hasDemands(demands) ? MOST.stepUps : MOST.any)) throw new LoginTooWeak()
}
