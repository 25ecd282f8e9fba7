import { type Awaitable, whenThere } from '../awaitable.ts'
import { StoreUnavailable } from '../errors.ts'
import type { LogoutMarks } from '../logout-marks.ts'
import { lookUp } from '../stores/look-up.ts'
import type { Store, WriteOptions } from '../stores/store.ts'
import { createGeneration, type Generation, GENERATION_LIFE, isOutdated, readGeneration, writeGeneration } from './generation.ts'
import { generationKey, sessionKey, userKeyIn } from './handle.ts'
import { isLoggedOut, loginKey, markKeys, subjectKey } from './logout-marks.ts'
import type { Revocable, Revocations } from './revocations.ts'

/** Others may end the sessions of a person at the same time; so often it is read and tried again. */
const MOST_ATTEMPTS = 8

/** The list in a store: it holds wherever the store is shared, and as long as the store keeps it. */
export class StoredRevocations implements Revocations {
  readonly #store: Store
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor (store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  async end (handle: string, endsAt: number): Promise<boolean> {
    const key = sessionKey('ended', handle)
    const options = { expiresAt: endsAt * 1000 }
    if (await this.#store.add(key, '', options) !== undefined) return true
    await this.#store.set(key, '', options)
    return false
  }

  async endAll (userKey: string, except: string | undefined): Promise<void> {
    const key = generationKey(userKey)
    const options = { expiresAt: this.#now() + GENERATION_LIFE * 1000 }
    if (except === undefined) await this.#store.set(key, writeGeneration(createGeneration()), options)
    // The session to except may be ended by somebody else at the same time.
    else await this.#update(key, value => writeGeneration(createGeneration(except, readGeneration(value))), options)
  }

  async endLogin (mark: string, endsAt: number): Promise<void> {
    await this.#store.set(loginKey(mark), '', { expiresAt: endsAt * 1000 })
  }

  async endSubject (mark: string, loggedOutAt: number, endsAt: number): Promise<void> {
    const latest = (value: string | undefined): string => String(Math.max(loggedOutAt, Number(value ?? -Infinity)))
    await this.#update(subjectKey(mark), latest, { expiresAt: endsAt * 1000 })
  }

  /** Writes over exactly what was read. */
  async #update (key: string, next: (value: string | undefined) => string, options: WriteOptions): Promise<void> {
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const entry = await this.#store.get(key)
      const value = next(entry?.value)
      const written = entry === undefined
        ? await this.#store.add(key, value, options)
        : await this.#store.replace(key, entry.version, value, options)
      if (written !== undefined) return
    }
    throw new StoreUnavailable()
  }

  isEnded (session: Revocable): Awaitable<boolean> {
    const { handle, marks } = session
    const keys = [sessionKey('ended', handle), generationKey(userKeyIn(handle)), ...markKeys(marks)]
    return whenThere(lookUp(this.#store, keys), ([ended, generation, ...marked]) => {
      if (ended !== undefined || isLoggedOut(marks, marked)) return true
      return isOutdated(session, readGeneration(generation?.value))
    })
  }

  isLoggedOut (marks: LogoutMarks): Awaitable<boolean> {
    return whenThere(lookUp(this.#store, markKeys(marks)), entries => isLoggedOut(marks, entries))
  }

  async generationOf (userKey: string): Promise<Generation | undefined> {
    return readGeneration((await this.#store.get(generationKey(userKey)))?.value)
  }
}
