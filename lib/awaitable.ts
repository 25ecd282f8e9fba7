/** A value now, or later where a store is asked. */
export type Awaitable<T> = T | Promise<T>

/** Goes on with a value at once where it is there, so that what is local stays synchronous. */
export function whenThere<T, R> (value: Awaitable<T>, goOn: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(goOn) : goOn(value)
}
