import type { FastifyBaseLogger } from 'fastify'

/** Told once when something is not as it should be, with the reason, and once when it is again. */
export type StoreReport = (state: 'down' | 'up', cause?: unknown) => void

/** @param whose what the store is for, as the log says it */
export function createStoreReport (log: FastifyBaseLogger, whose: string): StoreReport {
  return function reportStore (state, cause) {
    if (state === 'up') log.info(`fastify-login: the store of ${whose} works again`)
    else log.error({ err: cause }, `fastify-login: the store of ${whose} fails: whoever needs it gets 503`)
  }
}

/** Nobody is refused for it: no more than a warning. */
export function createCopyReport (log: FastifyBaseLogger): StoreReport {
  return function reportCopy (state, cause) {
    if (state === 'up') log.info('fastify-login: the local copy of the store of sessions is back')
    else log.warn({ err: cause }, 'fastify-login: no local copy of the store of sessions: each request asks the store')
  }
}
