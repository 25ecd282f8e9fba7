/** After so many milliseconds a store counts as down. */
const LIMIT = 1500

/** `setTimeout`, by which a store counts as down after a minute: on a busy machine a healthy one may take long. */
export function patient (start: typeof setTimeout): typeof setTimeout {
  const startPatiently = (work: (...args: unknown[]) => void, milliseconds?: number, ...args: unknown[]) =>
    start(work, milliseconds === LIMIT ? 60_000 : milliseconds, ...args)
  return Object.assign(startPatiently, start)
}

interface Intercepting { intercept (target: object, name: 'setTimeout', descriptor: PropertyDescriptor): unknown }

/** For a test whose stores are healthy: none of them counts as down because the machine is busy. */
export function bePatient (t: Intercepting): void {
  t.intercept(globalThis, 'setTimeout', { value: patient(globalThis.setTimeout) })
}
