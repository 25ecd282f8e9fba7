import { bounded } from '../bounded.ts'
import { StoreUnavailable } from '../errors.ts'

export interface GateOptions {
  /** How long an operation may take, in milliseconds. @default 1500 */
  readonly timeout?: number
  /** How long the store is left alone after a failure, in milliseconds. @default 2000 */
  readonly pause?: number
  /** A clock in milliseconds that never goes back. @default performance.now */
  readonly now?: () => number
  /** Told once when the store fails, with the reason, and once when it answers again. */
  readonly onChange?: (state: 'down' | 'up', cause?: unknown) => void
}

/** Where a gate stands. Each change makes a new one, so an outcome is known to belong to an earlier one. */
type Position =
  | { readonly state: 'open' }
  | { readonly state: 'closed', readonly cause: unknown, readonly until: number }
  | { readonly state: 'trying', readonly cause: unknown }

/**
 * Bounds operations in time. After a failure the next ones fail at once, without being begun; when the pause is over
 * one of them tries for all.
 *
 * An operation that timed out may still have been done.
 */
export class Gate {
  readonly #timeout: number
  readonly #pause: number
  readonly #now: () => number
  readonly #onChange: (state: 'down' | 'up', cause?: unknown) => void
  #position: Position = { state: 'open' }

  constructor ({ timeout = 1500, pause = 2000, now = () => performance.now(), onChange = () => {} }: GateOptions) {
    this.#timeout = timeout
    this.#pause = pause
    this.#now = now
    this.#onChange = onChange
  }

  /** @throws StoreUnavailable with the reason as its `cause`, whatever went wrong */
  async run<T> (operation: () => Promise<T>): Promise<T> {
    const position = this.#pass()
    const answer = await bounded(operation, this.#timeout).catch((cause: unknown) => {
      this.#failed(position, cause)
      throw new StoreUnavailable({ cause })
    })
    this.#succeeded(position)
    return answer
  }

  /** @throws StoreUnavailable during a pause */
  assertNoPause (): void {
    const position = this.#position
    if (position.state !== 'closed' || this.#now() >= position.until) return
    throw new StoreUnavailable({ cause: position.cause })
  }

  #pass (): Position {
    this.assertNoPause()
    const position = this.#position
    if (position.state === 'open') return position
    const { state, cause } = position
    if (state === 'trying') throw new StoreUnavailable({ cause })
    this.#position = { state: 'trying', cause }
    return this.#position
  }

  /** Only the operation that tries opens the gate: what an earlier one got says nothing about the time after it. */
  #succeeded (position: Position): void {
    if (position !== this.#position || position.state === 'open') return
    this.#position = { state: 'open' }
    this.#onChange('up')
  }

  /** Of the operations that went through one gate the first to fail closes it; the rest does not prolong the pause. */
  #failed (position: Position, cause: unknown): void {
    if (position !== this.#position) return
    this.#position = { state: 'closed', cause, until: this.#now() + this.#pause }
    if (position.state === 'open') this.#onChange('down', cause)
  }
}
