import type { Store } from '../stores/store.ts'
import { createGeneration, type Generation, GENERATION_LIFE, isOutdated, readGeneration, writeGeneration } from './generation.ts'
import { generationKey, sessionKey, userKeyIn } from './handle.ts'
import type { Revocable, Revocations } from './revocations.ts'

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
    const value = writeGeneration(createGeneration(except))
    await this.#store.set(generationKey(userKey), value, { expiresAt: (now + GENERATION_LIFE) * 1000 })
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
