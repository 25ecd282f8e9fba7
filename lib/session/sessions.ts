import type { EndReason } from '../events.ts'
import type { Settings } from '../options/settings.ts'
import type { Store } from '../stores/store.ts'
import type { Vault } from '../vault.ts'
import type { Awaitable } from '../awaitable.ts'
import type { Cookies, SetCookie } from './cookies.ts'
import type { Revocations } from './revocations.ts'
import type { EndedSession, Session, SessionStart } from './session.ts'
import type { SessionInfo } from './session-info.ts'

/** What sessions work with, wherever they are. */
export interface SessionsParts {
  readonly vault: Vault
  readonly cookies: Cookies
  readonly revocations: Revocations
  /** Keeps the sessions, or in cookie mode the list of them: what it forgets can be ended only with all others. */
  readonly store: Store
  readonly settings: Pick<Settings, 'limits' | 'now' | 'cookie'>
  /** Told of each session that is ended by itself; `isFirst` is false where it was ended before, or never was. */
  onEnd? (handle: string, reason: EndReason, isFirst: boolean): Promise<void>
}

/** What sessions know of the request that they serve. */
export interface Visit {
  /** The Cookie header. */
  readonly header: string | undefined
  /** What the person may know the device by. */
  readonly device: string
}

/** A session as it lies in a cookie or in a store. */
export interface Held {
  readonly session: Session
  /** A previous secret sealed it: it is written again at the next chance. */
  readonly isStale: boolean
  /**
   * Writes the session prolonged, over exactly what was found. Undefined where it was ended or written anew meanwhile:
   * then nothing has changed.
   */
  roll (session: Session, visit: Visit): Promise<Written | undefined>
}

/** A session that was written, and the cookies that take it to the browser. */
export interface Written {
  readonly held: Held
  readonly cookies: readonly SetCookie[]
}

/** Where sessions are: in the browser's cookie, or in a store. */
export interface Sessions {
  /** Whether looking a session up is synchronous. */
  readonly isLocal: boolean
  /**
   * The live session of a request. Undefined for everything else that a header can hold, except that who asks for any
   * session also gets one that is over, as far as it can be found.
   *
   * @param now seconds since 1970, where it was looked at already
   */
  find (header: string | undefined, which?: 'live' | 'any', now?: number): Awaitable<Held | undefined>
  /**
   * Makes a session for this browser.
   *
   * @throws SessionTooLarge, StoreUnavailable, and then nothing has changed
   */
  begin (start: SessionStart, visit: Visit): Promise<Written>
  /** Ends the session everywhere, also for copies of its cookie. */
  end (session: EndedSession, reason: EndReason): Promise<void>
  /** Takes the cookie out of the browser. */
  clear (header: string | undefined): readonly SetCookie[]
  /** The sessions of a person that are known to be alive, those used last first. */
  list (userKey: string): Promise<readonly SessionInfo[]>
  /** Ends all sessions of a person that were begun until now, but for a live one with this handle; one write. */
  endAll (userKey: string, except?: string): Promise<void>
}
