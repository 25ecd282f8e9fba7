import type { Awaitable } from './awaitable.ts'
import { userKeyIn } from './handle.ts'
import { createGeneration, type Generation, GENERATION_LIFE, isOutdated } from './generation.ts'
import { isBefore, type LogoutMarks } from './logout-marks.ts'
import type { Session } from './session.ts'

/** What tells whether a session was ended. */
export type Revocable = Pick<Session, 'handle' | 'generation'> & Partial<Pick<Session, 'marks'>>

/** Sessions that were ended before their time. Seconds since 1970. */
export interface Revocations {
  /** Ends one session, whoever has a copy of its cookie, until no copy can be alive. */
  end (handle: string, endsAt: number, now: number): Awaitable<void>
  /** Ends all sessions of a person that were begun until now, but for one that lives; one write. */
  endAll (userKey: string, except: string | undefined, now: number): Awaitable<void>
  /**
   * Ends every session that came from one login at a provider, also one that is still to begin from it.
   *
   * @param endsAt when no such session can be alive
   */
  endLogin (mark: string, endsAt: number, now: number): Awaitable<void>
  /**
   * Ends every session of a person at a provider whose ID token is not younger than that. Both times are of the
   * provider's clock, so it does not matter how far ours is from it.
   */
  endSubject (mark: string, loggedOutAt: number, endsAt: number, now: number): Awaitable<void>
  isEnded (session: Revocable): Awaitable<boolean>
  /** The generation that a login of a person belongs to which begins now. */
  generationOf (userKey: string): Awaitable<Generation | undefined>
}

const LEAST_SWEEP = 1000

/** Values that are forgotten some time after their end, when there are twice as many as at the last time. */
class EndingMap<T> {
  readonly #entries = new Map<string, { readonly value: T, readonly endsAt: number }>()
  #sweepAt = LEAST_SWEEP

  get size (): number {
    return this.#entries.size
  }

  get (key: string): T | undefined {
    return this.#entries.get(key)?.value
  }

  has (key: string): boolean {
    return this.#entries.has(key)
  }

  set (key: string, value: T, endsAt: number, now: number): void {
    this.#entries.set(key, { value, endsAt: Math.max(endsAt, this.#entries.get(key)?.endsAt ?? 0) })
    if (this.#entries.size < this.#sweepAt) return
    for (const [other, entry] of this.#entries) if (entry.endsAt <= now) this.#entries.delete(other)
    this.#sweepAt = Math.max(LEAST_SWEEP, this.#entries.size * 2)
  }
}

/** The list in the memory of this process: gone when the process ends, and unknown to others. */
export class LocalRevocations implements Revocations {
  readonly #ended = new EndingMap<true>()
  readonly #generations = new EndingMap<Generation>()
  readonly #logins = new EndingMap<true>()
  readonly #subjects = new EndingMap<number>()

  get size (): number {
    return this.#ended.size + this.#generations.size + this.#logins.size + this.#subjects.size
  }

  end (handle: string, endsAt: number, now: number): void {
    this.#ended.set(handle, true, endsAt, now)
  }

  endAll (userKey: string, except: string | undefined, now: number): void {
    const generation = createGeneration(except, this.#generations.get(userKey))
    this.#generations.set(userKey, generation, now + GENERATION_LIFE, now)
  }

  endLogin (mark: string, endsAt: number, now: number): void {
    this.#logins.set(mark, true, endsAt, now)
  }

  endSubject (mark: string, loggedOutAt: number, endsAt: number, now: number): void {
    this.#subjects.set(mark, Math.max(loggedOutAt, this.#subjects.get(mark) ?? -Infinity), endsAt, now)
  }

  isEnded (session: Revocable): boolean {
    if (this.#ended.has(session.handle) || this.#isLoggedOut(session.marks)) return true
    return isOutdated(session, this.#generations.get(userKeyIn(session.handle)))
  }

  generationOf (userKey: string): Generation | undefined {
    return this.#generations.get(userKey)
  }

  #isLoggedOut (marks: LogoutMarks | undefined): boolean {
    if (marks === undefined) return false
    const loggedOutAt = this.#subjects.get(marks.subject)
    if (loggedOutAt !== undefined && isBefore(marks, loggedOutAt)) return true
    return marks.login !== undefined && this.#logins.has(marks.login)
  }
}
