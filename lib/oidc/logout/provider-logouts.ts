import { LogoutTokenInvalid } from '../../errors.ts'
import type { LogoutMarks } from '../../logout-marks.ts'
import type { Store } from '../../stores/store.ts'
import type { IdToken } from '../provider/id-token.ts'
import { loginMark, logoutMarks, type MarkContext, subjectMark } from './logout-marks.ts'
import { type LogoutToken, processLogoutToken } from './logout-token.ts'
import type { Provider } from '../provider/provider.ts'

/** Where it is noted which logins at a provider are over. All times are seconds since 1970. */
export interface EndedLogins {
  endLogin (mark: string, endsAt: number): void | Promise<void>
  endSubject (mark: string, loggedOutAt: number, endsAt: number): void | Promise<void>
}

/** Seconds that a session can live: browsers keep no cookie longer, and `loginUser` takes no longer `ttl`. */
const LONGEST_SESSION = 400 * 86_400
/** Seconds: a login that is under way when its provider ends it makes a session a little later. */
const UNDER_WAY = 3600
/** Seconds that a spent logout token is known beyond its end: clocks of several processes differ. */
const MARGIN = 60

/**
 * What a provider says about logouts there. It ends sessions here by their marks: which ones those are, nobody need
 * know. What they were granted cannot be found by that; it is never used again, and ends by itself.
 */
export class ProviderLogouts {
  readonly #provider: Provider
  readonly #store: Store
  readonly #ended: EndedLogins

  constructor (provider: Provider, store: Store, ended: EndedLogins) {
    this.#provider = provider
    this.#store = store
    this.#ended = ended
  }

  /** By which the provider can end a session that begins with this ID token. */
  marksOf (claims: IdToken): LogoutMarks {
    return logoutMarks(this.#provider.settings, claims)
  }

  /** The mark of a session at the provider; `issuer` is that of the tenant, where there are many. */
  markOf (sid: string, issuer: string): string {
    return loginMark(this.#contextOf(issuer), sid)
  }

  /** Notes that somebody has signed in here from a session at the provider, for `isKnown`. */
  async note (login: string, endsAt: number): Promise<void> {
    await this.#store.set(knownKey(login), '', { expiresAt: endsAt * 1000 })
  }

  async isKnown (login: string): Promise<boolean> {
    return await this.#store.get(knownKey(login)) !== undefined
  }

  /**
   * Does what a logout token says, once; one whose `jti` was used before ends nothing. What it ends is ended before the
   * token is spent: where the store fails in between, the provider can try again, and to end twice is to end.
   *
   * @throws LogoutTokenInvalid, ProviderUnavailable, StoreUnavailable
   */
  async endByToken (text: string): Promise<LogoutToken> {
    const token = await processLogoutToken(this.#provider, text)
    const { issuer, sid, subject = '', issuedAt, digest, endsAt } = token
    const key = `logout-token:${digest}`
    if (await this.#store.get(key) !== undefined) throw usedBefore()
    if (sid === undefined) {
      const mark = subjectMark(this.#contextOf(issuer), subject)
      await this.#ended.endSubject(mark, issuedAt, this.#lastEnd())
    } else await this.endLogin(this.markOf(sid, issuer))
    const isFirst = await this.#store.add(key, '', { expiresAt: (endsAt + MARGIN) * 1000 })
    if (isFirst === undefined) throw usedBefore()
    return token
  }

  /** Ends every session that came from a session at the provider, also one that is still to begin from it. */
  async endLogin (login: string): Promise<void> {
    await this.#ended.endLogin(login, this.#lastEnd())
  }

  #contextOf (issuer: string): MarkContext {
    return { issuer, clientId: this.#provider.settings.clientId }
  }

  #lastEnd (): number {
    return Math.floor(this.#provider.now() / 1000) + LONGEST_SESSION + UNDER_WAY
  }
}

function usedBefore (): LogoutTokenInvalid {
  return new LogoutTokenInvalid({ cause: new Error('"jti" was used before') })
}

function knownKey (login: string): string {
  return `known-login:${login}`
}
