import type { StoreSource } from '../stores/open-store.ts'
import type { SessionOptions } from './auth-options.ts'
import { assertBoolean, assertKnownKeys, assertObject, assertOneOf, assertTexts, assertWholeNumber, refuse } from './check.ts'

/** The life of a session, in seconds. */
export interface Limits {
  readonly idle: number
  readonly absolute: number
  readonly remember: number | false
  /** A rolling write happens at most once in so long. */
  readonly rollInterval: number
}

/** Where sessions are. */
export interface SessionSettings {
  readonly mode: 'cookie' | 'store'
  /** What `openStore` opens; undefined where the memory of this process is enough. */
  readonly store: StoreSource | undefined
  /** Whether this process keeps what it read from the store, as long as the store tells of changes. */
  readonly localCopy: boolean
}

const KNOWN_SESSION = ['store', 'mode', 'localCopy', 'idle', 'absolute', 'remember', 'cookie', 'clearSiteData']
const SITE_DATA = ['cache', 'cookies', 'storage', 'executionContexts', '*']
const DAY = 86_400
/** Browsers keep no cookie longer (RFC 6265bis, section 5.6.2). */
const LONGEST = 400 * DAY

/** @throws ConfigurationError */
export function assertSession (session: unknown): asserts session is SessionOptions {
  assertObject(session, 'session')
  assertKnownKeys(session, KNOWN_SESSION, 'session')
}

/** @throws ConfigurationError */
export function resolveLimits (session: SessionOptions): Limits {
  const { idle = DAY, absolute = 7 * DAY, remember = 30 * DAY } = session
  assertWholeNumber(idle, 1, LONGEST, 'session.idle')
  assertWholeNumber(absolute, 1, LONGEST, 'session.absolute')
  if (remember !== false) assertWholeNumber(remember, 1, LONGEST, 'session.remember')
  if (idle > absolute) refuse('session.idle', 'must not be longer than "session.absolute".')
  // Once in 1/20 of idle and never more than once a minute; a shorter idle than two minutes still has to roll.
  const rollInterval = Math.min(Math.max(60, Math.floor(idle / 20)), idle / 2)
  return Object.freeze({ idle, absolute, remember, rollInterval })
}

/** @throws ConfigurationError for what can be no store, no client of one, and no address */
export function assertStoreSource (value: unknown, option: string): void {
  if (value === undefined || typeof value === 'string' || (typeof value === 'object' && value !== null)) return
  refuse(option, 'must be a store, a client of one, or its address as "redis://localhost".')
}

/**
 * @param further the store where none is given here: it keeps the list of ended sessions, and no more of them
 * @throws ConfigurationError
 */
export function resolveSession (session: SessionOptions, further: StoreSource | undefined): SessionSettings {
  const { store, mode, localCopy = false } = session
  assertStoreSource(store, 'session.store')
  if (mode !== undefined) assertOneOf(mode, ['cookie', 'store'], 'session.mode')
  if (mode === 'store' && store === undefined) {
    refuse('session.store', 'is missing, but "session.mode" is "store". Write "memory:" or the address of a store.')
  }
  assertBoolean(localCopy, 'session.localCopy')
  if (localCopy && store === undefined) {
    refuse('session.localCopy', 'needs a "session.store" in Redis: its address, or a client of ioredis or redis.')
  }
  return Object.freeze({ store: store ?? further, mode: mode ?? (store === undefined ? 'cookie' : 'store'), localCopy })
}

/** Value of `Clear-Site-Data`. */
export function resolveClearSiteData (value: unknown): string | undefined {
  if (value === undefined || value === false) return undefined
  const kinds = value === true ? ['cache', 'storage'] : value
  assertTexts(kinds, 'session.clearSiteData')
  if (kinds.length === 0) refuse('session.clearSiteData', 'is an empty list. Write false, or what a browser shall forget.')
  for (const kind of kinds) assertOneOf(kind, SITE_DATA, 'session.clearSiteData')
  return kinds.map(kind => `"${kind}"`).join(', ')
}
