/** A clock that stands until a test moves it. */
export interface TestClock {
  /** Milliseconds since 1970; goes under the option `now`. */
  readonly now: () => number
  /** Moves the clock on, by seconds. */
  advance (seconds: number): void
}

/**
 * Makes a clock for the option `now`, so that a test need not wait for a session to end.
 *
 * @param start milliseconds since 1970
 * @example
 * const clock = createClock()
 * await app.register(authPlugin, { secret, now: clock.now })
 * clock.advance(86_400)
 */
export function createClock (start: number = Date.now()): TestClock {
  let time = start
  return { now: () => time, advance (seconds) { time += seconds * 1000 } }
}
