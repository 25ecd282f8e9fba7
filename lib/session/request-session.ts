import type { Settings } from '../options/settings.ts'
import type { SetCookie } from './cookies.ts'
import { beginSession, isRollDue, renewSession, rollSession, type Session, type SessionStart } from './session.ts'
import type { Awaitable, Found, Sessions } from './sessions.ts'

/**
 * The session of one request: what came with it, and what it shall become. The verbs do their work when they are
 * called; what is left to do is to write `setCookies`.
 */
export class RequestSession {
  readonly #sessions: Sessions
  readonly #settings: Pick<Settings, 'limits' | 'now'>
  readonly #header: string | undefined
  #found: Awaitable<Found | undefined>
  #isLookedUp = false
  #session: Session | undefined
  #prepared: readonly SetCookie[] | undefined

  constructor (sessions: Sessions, settings: Pick<Settings, 'limits' | 'now'>, header: string | undefined) {
    this.#sessions = sessions
    this.#settings = settings
    this.#header = header
  }

  /** What the request brought, looked up once. */
  find (): Awaitable<Found | undefined> {
    if (this.#isLookedUp) return this.#found
    this.#isLookedUp = true
    this.#found = this.#sessions.find(this.#header)
    return this.#found
  }

  /** Starts a session. The one before is dead, whoever has its cookie. */
  async login (start: SessionStart): Promise<Session> {
    const session = beginSession(start, this.#now(), this.#settings.limits)
    const prepared = await this.#sessions.write(session, this.#header)
    await this.#endCurrent()
    this.#session = session
    this.#prepared = prepared
    return session
  }

  async logout (): Promise<void> {
    await this.#endCurrent()
    this.#prepared = this.#sessions.clear(this.#header)
  }

  /** Gives the session its full length again; undefined where there is none. */
  async renew (): Promise<Session | undefined> {
    const current = await this.current()
    if (current === undefined) return undefined
    const renewed = renewSession(current, this.#now(), this.#settings.limits)
    const prepared = await this.#sessions.roll(renewed, this.#header)
    if (prepared === undefined) return undefined
    this.#session = renewed
    this.#prepared = prepared
    return renewed
  }

  /** The session as it is now: what was begun here, or what came. */
  async current (): Promise<Session | undefined> {
    if (this.#prepared !== undefined) return this.#session
    return (await this.find())?.session
  }

  /**
   * The cookies that the answer must carry. A session that was used and is due is prolonged; one that was ended
   * meanwhile is not.
   */
  setCookies (): Awaitable<readonly SetCookie[]> {
    if (this.#prepared !== undefined || !this.#isLookedUp) return this.#prepared ?? []
    const found = this.#found
    return found instanceof Promise ? found.then(later => this.#roll(later)) : this.#roll(found)
  }

  #roll (found: Found | undefined): Awaitable<readonly SetCookie[]> {
    if (found === undefined) return []
    const { limits } = this.#settings
    if (!found.isStale && !isRollDue(found.session, this.#now(), limits)) return []
    const rolled = this.#sessions.roll(rollSession(found.session, this.#now(), limits), this.#header)
    return rolled instanceof Promise ? rolled.then(cookies => cookies ?? []) : rolled ?? []
  }

  async #endCurrent (): Promise<void> {
    const current = this.#prepared === undefined ? await this.#sent() : this.#session
    this.#session = undefined
    if (current !== undefined) await this.#sessions.end(current)
  }

  /** The session that the request brought, also one that is over here: a copy that was used elsewhere may live on. */
  async #sent (): Promise<Session | undefined> {
    return (await this.#sessions.find(this.#header, 'any'))?.session
  }

  #now (): number {
    return Math.floor(this.#settings.now() / 1000)
  }
}
