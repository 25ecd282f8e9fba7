import type { EndReason } from '../events.ts'
import type { LogoutMarks } from '../logout-marks.ts'
import type { Claims, Identity } from '../user.ts'
import type { Settings } from '../options/settings.ts'
import { type Awaitable, whenThere } from '../awaitable.ts'
import { NO_COOKIES, type SetCookie } from './cookies.ts'
import {
  isRollDue, isSamePerson, renewSession, rollSession, type Session, type SessionStart, updateSession
} from './session.ts'
import type { Held, Sessions, Visit, Written } from './sessions.ts'

/** Others may write a session while it is renewed; so often it is read and tried again. */
const MOST_ATTEMPTS = 8

/** Which sessions are those of a site, where there are several. */
export interface SiteSessions {
  /** What a session that begins here is marked with; undefined where it holds at every site. */
  markOf (identity: Identity | undefined): string | undefined
  /** Whether a session is one of this site. */
  knows (session: Session): boolean
}

/**
 * The session of one request: what came with it, and what it shall become. The verbs do their work when they are
 * called; what is left to do is to write `setCookies`.
 */
export class RequestSession {
  readonly #sessions: Sessions
  readonly #settings: Pick<Settings, 'limits' | 'now'>
  readonly #visit: Visit
  readonly #site: SiteSessions | undefined
  #found: Awaitable<Held | undefined>
  #isLookedUp = false
  #held: Held | undefined
  #rolled: Promise<readonly SetCookie[]> | undefined
  #prepared: readonly SetCookie[] | undefined
  #lookedUpAt = 0
  /** Whether the person was logged out here, and nobody in again. */
  hasLoggedOut = false

  /** @param site that the request is for, where there are several */
  constructor (
    sessions: Sessions, settings: Pick<Settings, 'limits' | 'now'>, visit: Visit,
    site: SiteSessions | undefined = undefined
  ) {
    this.#sessions = sessions
    this.#settings = settings
    this.#visit = visit
    this.#site = site
  }

  /** When the request was looked up, in seconds since 1970. */
  get lookedUpAt (): number {
    return this.#lookedUpAt
  }

  /** What the request brought, looked up once. */
  find (): Awaitable<Held | undefined> {
    if (this.#isLookedUp) return this.#found
    this.#isLookedUp = true
    this.#lookedUpAt = this.#now()
    const found = this.#sessions.find(this.#visit.header, 'live', this.#lookedUpAt)
    this.#found = this.#site === undefined ? found : whenThere(found, held => this.#ours(held))
    return this.#found
  }

  #ours (held: Held | undefined): Held | undefined {
    return held === undefined || this.#site?.knows(held.session) === false ? undefined : held
  }

  /** Starts a session. The one before is dead, whoever has its cookie. */
  async login (start: SessionStart): Promise<Session> {
    const marks = start.marks ?? await this.#marksOf(start)
    const site = this.#site?.markOf(start.identity)
    const written = await this.#sessions.begin({ ...start, site, marks }, this.#visit)
    await this.#endCurrent('replaced')
    this.hasLoggedOut = false
    return this.#keep(written)
  }

  /** A provider's person who is logged in again, with other claims or for longer, can still be logged out by it. */
  async #marksOf (start: SessionStart): Promise<LogoutMarks | undefined> {
    const session = start.identity === undefined ? undefined : await this.current()
    return session !== undefined && isSamePerson(session, start) ? session.marks : undefined
  }

  /** Ends the session, whoever has a copy of its cookie. */
  async end (reason: EndReason): Promise<void> {
    await this.#endCurrent(reason)
    this.hasLoggedOut = reason === 'logout'
    this.#prepared = this.#sessions.clear(this.#visit.header)
  }

  /** Gives the session its full length again; undefined where there is none. */
  async renew (): Promise<Session | undefined> {
    return await this.#rewrite(session => renewSession(session, this.#now(), this.#settings.limits))
  }

  /** Gives the session other claims; undefined where there is none. */
  async update (claims: Claims): Promise<Session | undefined> {
    return await this.#rewrite(session => updateSession(session, claims, this.#now(), this.#settings.limits))
  }

  async #rewrite (change: (session: Session) => Session): Promise<Session | undefined> {
    let held = await this.#current()
    const handle = held?.session.handle
    for (let attempt = 1; held !== undefined && attempt <= MOST_ATTEMPTS; attempt++) {
      const written = await held.roll(change(held.session), this.#visit)
      // Whoever was logged in or out here meanwhile stays so.
      if ((await this.current())?.handle !== handle) return undefined
      if (written !== undefined) return this.#keepRenewed(written)
      held = await this.#sessions.find(this.#visit.header)
    }
    return undefined
  }

  /** Whether this session is that of the request and holds. A request that takes long looks again. */
  async holds (handle: string): Promise<boolean> {
    const isRecent = this.#now() === this.#lookedUpAt
    const held = isRecent || this.#prepared !== undefined
      ? await this.#current()
      : await this.#sessions.find(this.#visit.header)
    return held?.session.handle === handle
  }

  /** The session as it is now: what was begun here, or what came. */
  async current (): Promise<Session | undefined> {
    return (await this.#current())?.session
  }

  /**
   * The cookies that the answer must carry; whoever asks twice gets the same. A session that was used and is due is
   * prolonged; one that was ended meanwhile is not.
   */
  setCookies (): Awaitable<readonly SetCookie[]> {
    if (this.#prepared !== undefined || !this.#isLookedUp) return this.#prepared ?? NO_COOKIES
    return whenThere(this.#found, held => this.#roll(held))
  }

  #roll (held: Held | undefined): Awaitable<readonly SetCookie[]> {
    if (this.#rolled !== undefined || held === undefined) return this.#rolled ?? NO_COOKIES
    const { limits } = this.#settings
    if (!held.isStale && !isRollDue(held.session, this.#lookedUpAt, limits)) return NO_COOKIES
    this.#rolled = held.roll(rollSession(held.session, this.#now(), limits), this.#visit)
      .then(written => written?.cookies ?? [])
    return this.#rolled
  }

  #keep ({ held, cookies }: Written): Session {
    this.#held = held
    this.#prepared = cookies
    return held.session
  }

  /** A cookie that stays as it is may be one that the browser does not have yet. */
  #keepRenewed ({ held, cookies }: Written): Session {
    return this.#keep({ held, cookies: cookies.length === 0 ? this.#prepared ?? [] : cookies })
  }

  async #current (): Promise<Held | undefined> {
    return this.#prepared === undefined ? await this.find() : this.#held
  }

  /** What the request brought is ended also where it is over here: a copy that was used elsewhere may live. */
  async #endCurrent (reason: EndReason): Promise<void> {
    const held = this.#prepared === undefined ? await this.#sessions.find(this.#visit.header, 'any') : this.#held
    if (held !== undefined) await this.#sessions.end(held.session, reason)
    this.#held = undefined
  }

  #now (): number {
    return Math.floor(this.#settings.now() / 1000)
  }
}
