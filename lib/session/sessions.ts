import type { SetCookie } from './cookies.ts'
import type { EndedSession, Session } from './session.ts'

/** A value now, or later where a store is asked. */
export type Awaitable<T> = T | Promise<T>

/** A session as a request brought it. */
export interface Found {
  readonly session: Session
  /** A previous secret sealed it: it is written again at the next chance. */
  readonly isStale: boolean
}

/**
 * Where sessions are: in the browser's cookie, or in a store. Synchronous where everything is local.
 * `header` is the Cookie header of the request.
 */
export interface Sessions {
  /**
   * The live session of a request. Undefined for everything else that a header can hold, except that who asks for any
   * session also gets one that is over.
   */
  find (header: string | undefined, which?: 'live' | 'any'): Awaitable<Found | undefined>
  /**
   * Makes the session the one of this browser.
   *
   * @throws SessionTooLarge, and then nothing has changed
   */
  write (session: Session, header: string | undefined): Awaitable<readonly SetCookie[]>
  /** Prolongs a session that was not ended meanwhile; undefined where it was. */
  roll (session: Session, header: string | undefined): Awaitable<readonly SetCookie[] | undefined>
  /** Ends the session everywhere, also for copies of its cookie. */
  end (session: EndedSession): Awaitable<void>
  /** Takes the cookie out of the browser. */
  clear (header: string | undefined): readonly SetCookie[]
}
