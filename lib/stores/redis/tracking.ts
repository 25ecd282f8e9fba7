import { randomBytes } from 'node:crypto'
import { bounded } from '../../bounded.ts'
import type { TrackingConnection, TrackingListeners } from './tracking-connection.ts'

export interface TrackingParts {
  open (listeners: TrackingListeners): TrackingConnection
  /** Writes a key for a moment, on the connections that the store reads from. */
  write (key: string): Promise<unknown>
  /** What the server has before each key. */
  readonly prefix: string
  /** Called with each key that has changed, and with null where all may have. */
  readonly onChange: (key: string | null) => void
  /** Told once when changes are heard of no more, with the reason, and once when they are again. */
  readonly onState: (state: 'down' | 'up', cause?: unknown) => void
  /** A clock in milliseconds that never goes back. @default performance.now */
  readonly now?: (() => number) | undefined
}

/** One connection, from the first attempt to its end. */
interface Life {
  readonly proof: string
  connection: TrackingConnection | undefined
  /** Who waits for it. */
  readonly onProof: Array<() => void>
  /** When it was proved; undefined before. */
  upSince: number | undefined
  /** All that was told until then has arrived. */
  sureOf: number
  isAsking: boolean
}

const START_MS = 2000
/** How long a proof that the server is heard holds, and how old it is when the next one is asked for. */
const SURE_MS = 1000
const ASK_MS = 250
/** What was up for so long is tried again at once; what was not, later each time. */
const GOOD_MS = 10_000
const LEAST_DELAY_MS = 100
const MOST_DELAY_MS = 10_000

/**
 * Whether all changes that a server tells of have arrived here, but for those of the last moment.
 *
 * Nothing runs by itself: whoever asks makes it connect, and then prove now and then that the server is still heard. So
 * it costs nothing while nobody asks. The clock is looked at each time, because a loop that was blocked runs requests
 * before it reads from its sockets.
 */
export class Tracking {
  readonly #parts: TrackingParts
  readonly #now: () => number
  #life: Life | undefined
  #retryAt = -Infinity
  #failures = 0
  #isDown = false

  constructor (parts: TrackingParts) {
    this.#parts = parts
    this.#now = parts.now ?? (() => performance.now())
  }

  /** Whether changes were told without a gap since somebody last heard that all may have changed. */
  get isUp (): boolean {
    return this.#life?.upSince !== undefined
  }

  /** Whether all that was told until a moment ago has arrived. */
  isSure (): boolean {
    const now = this.#now()
    const life = this.#life ?? this.#begin(now)
    if (life === undefined) return false
    const age = now - life.sureOf
    if (age >= ASK_MS && !life.isAsking) this.#ask(life, now)
    return age < SURE_MS
  }

  /** Begins anew: what is read may come from another server now. */
  restart (cause: unknown): void {
    if (this.#life !== undefined) this.#lose(this.#life, cause)
  }

  close (): void {
    this.#retryAt = Infinity
    if (this.#life !== undefined) this.#end(this.#life)
  }

  #begin (now: number): Life | undefined {
    if (now < this.#retryAt) return undefined
    const proof = `tracking:${randomBytes(12).toString('base64url')}`
    const life: Life = {
      proof, connection: undefined, onProof: [], upSince: undefined, sureOf: -Infinity, isAsking: true
    }
    this.#life = life
    bounded(() => this.#connect(life), START_MS).catch((cause: unknown) => { this.#lose(life, cause) })
    return life
  }

  /** Nothing is believed before a change was told that was made where the store reads. */
  async #connect (life: Life): Promise<void> {
    const { open, prefix, write, onState } = this.#parts
    life.connection = open({
      onChange: names => { this.#hear(life, names) },
      onLost: cause => { this.#lose(life, cause) }
    })
    await life.connection.start(prefix)
    const now = this.#now()
    const isTold = new Promise<void>(resolve => { life.onProof.push(resolve) })
    await write(life.proof)
    await isTold
    if (life !== this.#life) return
    life.upSince = life.sureOf = now
    life.isAsking = false
    if (this.#isDown) onState('up')
    this.#isDown = false
  }

  /** What was told before arrives before the answer. */
  #ask (life: Life, now: number): void {
    life.isAsking = true
    const ping = async (): Promise<unknown> => await life.connection?.ping()
    bounded(ping, SURE_MS).then(() => {
      life.sureOf = now
      life.isAsking = false
    }, (cause: unknown) => { this.#lose(life, cause) })
  }

  #hear (life: Life, names: readonly string[] | null): void {
    if (life !== this.#life) return
    const { prefix, onChange } = this.#parts
    if (names === null) onChange(null)
    for (const name of names ?? []) {
      const key = name.slice(prefix.length)
      onChange(key)
      if (key === life.proof) for (const tell of life.onProof) tell()
    }
  }

  #lose (life: Life, cause: unknown): void {
    if (life !== this.#life) return
    this.#end(life)
    const now = this.#now()
    const wasGood = life.upSince !== undefined && now - life.upSince >= GOOD_MS
    this.#failures = wasGood ? 0 : this.#failures + 1
    this.#retryAt = now + Math.min(LEAST_DELAY_MS * 2 ** this.#failures, MOST_DELAY_MS)
    // An error of a client has its command with it, and so perhaps a password.
    if (!this.#isDown) this.#parts.onState('down', new Error(String(cause)))
    this.#isDown = true
  }

  #end (life: Life): void {
    this.#life = undefined
    this.#parts.onChange(null)
    life.connection?.close()
  }
}
