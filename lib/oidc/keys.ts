import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import type { BoundedFetch } from './bounded-fetch.ts'
import { Cached } from './cached.ts'

const MINUTE = 60_000
const FRESHNESS = Object.freeze({ fresh: 5 * MINUTE, stale: 24 * 60 * MINUTE, pause: MINUTE / 2 })
/** After a reload that brought no key for an unknown `kid`, the next unknown one waits so long. */
const GATE = 30_000

/** The keys of a moment. It never loads again by itself: when to load is decided here, for all moments together. */
async function loadKeys (jwksUri: string, fetch: BoundedFetch): Promise<JWTVerifyGetKey> {
  const keys = createRemoteJWKSet(new URL(jwksUri), {
    [customFetch]: fetch, cacheMaxAge: Infinity, cooldownDuration: Infinity
  })
  await keys.reload()
  return keys
}

/**
 * The keys behind a `jwks_uri`, as jose asks for them. A key that is not known reloads them at once, because providers
 * rotate; where that is fruitless a gate closes for 30 seconds, so that a flood of made-up key ids costs one request.
 * The last good keys serve for a day when the provider does not answer.
 */
export function createKeys (jwksUri: string, fetch: BoundedFetch, now: () => number): JWTVerifyGetKey {
  const keys = new Cached(() => loadKeys(jwksUri, fetch), FRESHNESS, now)
  let gate: { readonly closedUntil: number, readonly reason: unknown } = { closedUntil: -Infinity, reason: undefined }

  return async function getKey (header, token) {
    const current = await keys.get()
    try {
      return await current(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      if (now() < gate.closedUntil) throw gate.reason
    }
    try {
      const reloaded = await keys.reload()
      return await reloaded(header, token)
    } catch (reason) {
      gate = { closedUntil: now() + GATE, reason }
      throw reason
    }
  }
}
