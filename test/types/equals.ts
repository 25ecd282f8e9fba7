/** True where two types are one and the same, also `any` and `unknown`. */
export type Equals<A, B> =
  (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false

/** Compiles only for true. */
export function assertType<T extends true> (_: T): void {}
