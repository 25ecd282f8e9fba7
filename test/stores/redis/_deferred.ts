/** A promise that is settled from outside. */
export interface Deferred {
  readonly promise: Promise<void>
  resolve (): void
  reject (reason: unknown): void
}

export function defer (): Deferred {
  const settle: Pick<Deferred, 'resolve' | 'reject'> = { resolve () {}, reject () {} }
  const promise = new Promise<void>((resolve, reject) => { Object.assign(settle, { resolve, reject }) })
  return { promise, resolve: () => { settle.resolve() }, reject: reason => { settle.reject(reason) } }
}
