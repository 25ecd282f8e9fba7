import type { LogoutMarks } from '../logout-marks.ts'
import type { Awaitable } from '../awaitable.ts'
import { userKeyIn } from './handle.ts'
import { createGeneration, type Generation, GENERATION_LIFE, isOutdated } from './generation.ts'
import { isBefore } from './logout-marks.ts'
import type { Session } from './session.ts'

/** What tells whether a session was ended. */
export type Revocable = Pick<Session, 'handle' | 'generation'> & Partial<Pick<Session, 'marks'>>

/** Sessions that were ended before their time. Seconds since 1970. */
export interface Revocations {
  /** Ends one session, whoever has a copy of its cookie, until no copy can be alive. False where it was over before. */
  end (handle: string, endsAt: number): Awaitable<boolean>
  /** Ends all sessions of a person that were begun until now, but for one that lives; one write. */
  endAll (userKey: string, except: string | undefined): Awaitable<void>
  /**
   * Ends every session that came from one login at a provider, also one that is still to begin from it.
   *
   * @param endsAt when no such session can be alive
   */
  endLogin (mark: string, endsAt: number): Awaitable<void>
  /**
   * Ends every session of a person at a provider whose ID token is not younger than that. Both times are of the
   * provider's clock, so it does not matter how far ours is from it.
   */
  endSubject (mark: string, loggedOutAt: number, endsAt: number): Awaitable<void>
  isEnded (session: Revocable): Awaitable<boolean>
  /** Whether whoever these marks are of was logged out at the provider: for tokens, which belong to no session here. */
  isLoggedOut (marks: LogoutMarks): Awaitable<boolean>
  /** The generation that a login of a person belongs to which begins now. */
  generationOf (userKey: string): Awaitable<Generation | undefined>
}

const LEAST_SWEEP = 1000
/** So many logouts at the provider are remembered, a hundred bytes each. */
const MOST_LOGOUTS = 1_000_000
/** Seconds: a login that was under way when the provider ended it has an ID token that is a little younger. */
const UNDER_WAY = 600

/** Values that are gone at their end. What is gone is forgotten when there are twice as many as at the last time. */
class EndingMap<T> {
  readonly #entries = new Map<string, { readonly value: T, readonly endsAt: number }>()
  #sweepAt = LEAST_SWEEP

  get size (): number {
    return this.#entries.size
  }

  get (key: string, now: number): T | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || entry.endsAt <= now ? undefined : entry.value
  }

  set (key: string, value: T, endsAt: number, now: number): void {
    this.#entries.set(key, { value, endsAt: Math.max(endsAt, this.#entries.get(key)?.endsAt ?? 0) })
    if (this.#entries.size < this.#sweepAt) return
    for (const [other, entry] of this.#entries) if (entry.endsAt <= now) this.#entries.delete(other)
    this.#sweepAt = Math.max(LEAST_SWEEP, this.#entries.size * 2)
  }

  /** Forgets the half that was written first, and gives its values. */
  * forgetHalf (): Generator<T> {
    const half = Math.floor(this.#entries.size / 2)
    for (const [key, { value }] of this.#entries) {
      if (this.#entries.size === half) break
      this.#entries.delete(key)
      yield value
    }
  }
}

/** The list in the memory of this process: gone when the process ends, and unknown to others. */
export class LocalRevocations implements Revocations {
  readonly #now: () => number
  readonly #mostLogouts: number
  readonly #ended = new EndingMap<true>()
  readonly #generations = new EndingMap<Generation>()
  /** The latest ID token of a login that was ended, or of a person who was logged out. */
  readonly #logins = new EndingMap<number>()
  readonly #subjects = new EndingMap<number>()
  /** Whoever signed in before that may have been logged out: the list is too long to know. */
  #forgottenUntil = -Infinity

  /** @param now milliseconds since 1970 */
  constructor (now: () => number, mostLogouts = MOST_LOGOUTS) {
    this.#now = now
    this.#mostLogouts = mostLogouts
  }

  get size (): number {
    return this.#ended.size + this.#generations.size + this.#logins.size + this.#subjects.size
  }

  end (handle: string, endsAt: number): boolean {
    const now = this.#seconds()
    const isFirst = this.#ended.get(handle, now) === undefined
    this.#ended.set(handle, true, endsAt, now)
    return isFirst
  }

  endAll (userKey: string, except: string | undefined): void {
    const now = this.#seconds()
    const generation = createGeneration(except, this.#generations.get(userKey, now))
    this.#generations.set(userKey, generation, now + GENERATION_LIFE, now)
  }

  endLogin (mark: string, endsAt: number): void {
    const now = this.#seconds()
    this.#logins.set(mark, now + UNDER_WAY, endsAt, now)
    this.#bound(this.#logins)
  }

  endSubject (mark: string, loggedOutAt: number, endsAt: number): void {
    const now = this.#seconds()
    const latest = Math.max(loggedOutAt, this.#subjects.get(mark, now) ?? -Infinity)
    this.#subjects.set(mark, latest, endsAt, now)
    this.#bound(this.#subjects)
  }

  isEnded (session: Revocable): boolean {
    if (this.size === 0) return false
    const now = this.#seconds()
    if (this.#ended.get(session.handle, now) !== undefined || this.#isLoggedOut(session.marks, now)) return true
    return isOutdated(session, this.#generations.get(userKeyIn(session.handle), now))
  }

  isLoggedOut (marks: LogoutMarks): boolean {
    return this.#isLoggedOut(marks, this.#seconds())
  }

  generationOf (userKey: string): Generation | undefined {
    return this.#generations.get(userKey, this.#seconds())
  }

  #isLoggedOut (marks: LogoutMarks | undefined, now: number): boolean {
    if (marks === undefined) return false
    const loggedOutAt = Math.max(this.#forgottenUntil, this.#subjects.get(marks.subject, now) ?? -Infinity)
    if (loggedOutAt !== -Infinity && isBefore(marks, loggedOutAt)) return true
    return marks.login !== undefined && this.#logins.get(marks.login, now) !== undefined
  }

  /** Nobody who was logged out comes back because the list is long: others have to sign in again. */
  #bound (list: EndingMap<number>): void {
    if (list.size <= this.#mostLogouts) return
    for (const time of list.forgetHalf()) this.#forgottenUntil = Math.max(this.#forgottenUntil, time)
  }

  #seconds (): number {
    return Math.floor(this.#now() / 1000)
  }
}
