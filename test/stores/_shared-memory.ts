import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import type { Store } from '../../lib/stores/store.ts'

/**
 * Stores on one memory, each with a clock of its own: before every operation the clock of the one who asks is set.
 * An operation of a memory store is done when it gives its promise, so that no other clock comes between.
 */
export function shareMemory (): (options: { now: () => number }) => Store {
  let clock = Date.now
  const memory = new MemoryStore({ now: () => clock() })
  return ({ now }) => new Proxy<Store>(memory, {
    get (target, name) {
      if (name === 'close') return async () => {}
      const operation: unknown = Reflect.get(target, name)
      if (typeof operation !== 'function') return operation
      return (...args: unknown[]): unknown => {
        clock = now
        return Reflect.apply(operation, memory, args)
      }
    }
  })
}
