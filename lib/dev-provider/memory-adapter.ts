/** A record of oidc-provider, with the members that it is found by. */
export interface Payload {
  readonly uid?: string
  readonly userCode?: string
  readonly grantId?: string
  consumed?: number
}

interface Kept {
  readonly payload: Payload
  readonly expiresAt: number
}

const CAPACITY = 10_000

/**
 * What one provider remembers of one model, in memory, until it closes. Each instance has records of its own, so two
 * providers share nothing. Holds 10,000 records at most and then forgets the one written longest ago.
 */
export class MemoryAdapter {
  readonly #records = new Map<string, Kept>()

  /** Writes a record; without seconds it stays as long as there is room. */
  async upsert (id: string, payload: Payload, expiresIn = Infinity): Promise<void> {
    this.#records.delete(id)
    this.#records.set(id, { payload, expiresAt: Date.now() + expiresIn * 1000 })
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= CAPACITY) break
      this.#records.delete(oldest)
    }
  }

  async find (id: string): Promise<Payload | undefined> {
    const kept = this.#records.get(id)
    return kept !== undefined && kept.expiresAt > Date.now() ? kept.payload : undefined
  }

  async findByUid (uid: string): Promise<Payload | undefined> {
    return this.#search(payload => payload.uid === uid)
  }

  async findByUserCode (userCode: string): Promise<Payload | undefined> {
    return this.#search(payload => payload.userCode === userCode)
  }

  async consume (id: string): Promise<void> {
    const payload = await this.find(id)
    if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
  }

  async destroy (id: string): Promise<void> {
    this.#records.delete(id)
  }

  async revokeByGrantId (grantId: string): Promise<void> {
    for (const [id, { payload }] of this.#records) {
      if (payload.grantId === grantId) this.#records.delete(id)
    }
  }

  #search (matches: (payload: Payload) => boolean): Payload | undefined {
    for (const { payload, expiresAt } of this.#records.values()) {
      if (matches(payload) && expiresAt > Date.now()) return payload
    }
    return undefined
  }
}
