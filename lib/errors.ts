/** Every error of this package, by what it is about. */
export type { ErrorHeaders } from './errors/define.ts'
export * from './errors/login-failed.ts'
export * from './errors/misuse.ts'
export * from './errors/refusals.ts'
export * from './errors/unavailable.ts'
