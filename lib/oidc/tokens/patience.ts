import { setTimeout } from 'node:timers/promises'

/** How whoever waits for something measures and spends the time. */
export interface Patience {
  /** A clock in milliseconds that never goes back. */
  now (): number
  /** Milliseconds. */
  wait (milliseconds: number): Promise<void>
}

export const PATIENCE: Patience = Object.freeze({
  now: () => performance.now(),
  wait: async (milliseconds: number) => { await setTimeout(milliseconds) }
})
