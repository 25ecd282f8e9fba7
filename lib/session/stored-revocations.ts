import { StoreUnavailable } from '../errors.ts'
import type { Store, WriteOptions } from '../stores/store.ts'
import { createGeneration, type Generation, GENERATION_LIFE, isOutdated, readGeneration, writeGeneration } from './generation.ts'
import { generationKey, sessionKey, userKeyIn } from './handle.ts'
import type { Revocable, Revocations } from './revocations.ts'

/** Others may end the sessions of a person at the same time; so often it is read and tried again. */
const MOST_ATTEMPTS = 8

/** The list in a store: it holds wherever the store is shared, and as long as the store keeps it. */
export class StoredRevocations implements Revocations {
  readonly #store: Store

  constructor (store: Store) {
    this.#store = store
  }

  async end (handle: string, endsAt: number): Promise<void> {
    await this.#store.set(sessionKey('ended', handle), '', { expiresAt: endsAt * 1000 })
  }

  async endAll (userKey: string, except: string | undefined, now: number): Promise<void> {
    const key = generationKey(userKey)
    const options = { expiresAt: (now + GENERATION_LIFE) * 1000 }
    if (except === undefined) await this.#store.set(key, writeGeneration(createGeneration()), options)
    else await this.#endOthers(key, except, options)
  }

  /** Over exactly what was read: the session to except may be ended by somebody else at the same time. */
  async #endOthers (key: string, except: string, options: WriteOptions): Promise<void> {
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const entry = await this.#store.get(key)
      const value = writeGeneration(createGeneration(except, readGeneration(entry?.value)))
      const written = entry === undefined
        ? await this.#store.add(key, value, options)
        : await this.#store.replace(key, entry.version, value, options)
      if (written !== undefined) return
    }
    throw new StoreUnavailable()
  }

  async isEnded (session: Revocable): Promise<boolean> {
    const { handle } = session
    const [ended, generation] = await this.#store.getMany([sessionKey('ended', handle), generationKey(userKeyIn(handle))])
    return ended !== undefined || isOutdated(session, readGeneration(generation?.value))
  }

  async generationOf (userKey: string): Promise<Generation | undefined> {
    return readGeneration((await this.#store.get(generationKey(userKey)))?.value)
  }
}
