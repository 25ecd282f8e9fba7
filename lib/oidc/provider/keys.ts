import { createRemoteJWKSet, customFetch, errors, type JWK, type JWTVerifyGetKey } from 'jose'
import { isOfAnyTenant, isSpeaker } from '../../options/issuer.ts'
import type { BoundedFetch } from './bounded-fetch.ts'
import { Cached } from './cached.ts'
import { Outage } from './outage.ts'

const MINUTE = 60_000
const FRESHNESS = Object.freeze({ fresh: 5 * MINUTE, stale: 24 * 60 * MINUTE, pause: MINUTE / 2 })
/** After a reload that brought no key for an unknown `kid`, the next unknown one waits so long. */
const GATE = 30_000

/** An RSA key has at least so many (RFC 7518, section 3.3). */
export const LEAST_BITS = 2048

/** A key with a member that says whose tokens it signs. */
interface NamedKey extends JWK { readonly issuer?: unknown }

type FindKey = ReturnType<typeof createRemoteJWKSet>

/** The keys of a moment. It never loads again by itself: when to load is decided here, for all moments together. */
async function loadKeys (jwksUri: string, fetch: BoundedFetch): Promise<FindKey> {
  const keys = createRemoteJWKSet(new URL(jwksUri), {
    [customFetch]: fetch, cacheMaxAge: Infinity, cooldownDuration: Infinity
  })
  await keys.reload()
  return keys
}

/** What a token says of its issuer; whether it is true is seen when the signature is verified. */
function issuerIn (payload: unknown): unknown {
  try {
    return (JSON.parse(Buffer.from(String(payload), 'base64url').toString()) as { readonly iss?: unknown }).iss
  } catch {
    return undefined
  }
}

/** Where many tenants have one set of keys, a key that names an issuer verifies tokens of that one only. */
function assertOwn (keys: FindKey, ...[header, token]: Parameters<FindKey>): void {
  const { kid } = { ...header }
  const issuer = issuerIn(token?.payload)
  const { keys: candidates = [] }: { readonly keys?: readonly NamedKey[] } = { ...keys.jwks() }
  const isOwn = candidates.filter(key => kid === undefined || key.kid === kid)
    .every(key => key.issuer === undefined || isSpeaker(String(key.issuer), issuer))
  if (!isOwn) throw new errors.JWKSNoMatchingKey('The key is that of another issuer')
}

/**
 * The key that verifies a token. What is no public key, or is too weak, is no key: jose has no error of its own for
 * either, and an outage it is not.
 */
async function findKey (
  keys: FindKey, isShared: boolean, ...[header, token]: Parameters<FindKey>
): ReturnType<FindKey> {
  try {
    const key = await keys(header, token)
    if (isShared) assertOwn(keys, header, token)
    const { modulusLength = LEAST_BITS } = key.algorithm as { readonly modulusLength?: number }
    if (modulusLength >= LEAST_BITS) return key
    throw new RangeError(`A key of the provider has ${modulusLength} bits, fewer than ${LEAST_BITS}`)
  } catch (cause) {
    throw cause instanceof errors.JOSEError ? cause : new errors.JWKSInvalid('A key of the provider is unusable', { cause })
  }
}

/** The keys behind a `jwks_uri`. The last good ones serve for a day when the provider does not answer. */
export function cacheKeys (jwksUri: string, fetch: BoundedFetch, now: () => number): Cached<FindKey> {
  return new Cached(() => loadKeys(jwksUri, fetch), FRESHNESS, now)
}

/**
 * Keys as jose asks for them. A key that is not there, or is unusable, reloads them at once, because providers rotate;
 * where that is fruitless a gate closes for 30 seconds, so that a flood of made-up key ids costs one request.
 *
 * @param issuer whose keys they are
 */
export function createKeys (keys: Cached<FindKey>, now: () => number, issuer = ''): JWTVerifyGetKey {
  const isShared = isOfAnyTenant(issuer)
  let gate: { readonly closedUntil: number, readonly reason: unknown } = { closedUntil: -Infinity, reason: undefined }

  return async function getKey (header, token) {
    const current = await keys.get()
    try {
      return await findKey(current, isShared, header, token)
    } catch {
      if (now() < gate.closedUntil) throw gate.reason
    }
    try {
      return await findKey(await keys.reload(), isShared, header, token)
    } catch (reason) {
      gate = { closedUntil: now() + GATE, reason }
      throw reason
    }
  }
}

/**
 * The same for access tokens, which strangers bring by the thousand: behind a gate of their own that closes with each
 * reload, and with the load that a made-up key id came with. Where keys cannot be had it is an outage, and no fault of
 * the token.
 */
export function createBearerKeys (keys: Cached<FindKey>, now: () => number, issuer: string): JWTVerifyGetKey {
  const isShared = isOfAnyTenant(issuer)
  const outage = new Outage(now)
  let closedUntil = -Infinity
  let reload: Promise<unknown> | undefined

  return async function getKey (header, token) {
    const before = keys.last
    const current = await outage.ask(() => keys.get())
    try {
      return await findKey(current, isShared, header, token)
    } catch {
      if (now() >= closedUntil) {
        closedUntil = now() + GATE
        // Keys that came after the token did are as new as any that a reload would bring.
        reload = keys.last === before ? outage.ask(() => keys.reload(), () => false) : undefined
      }
      await reload
      return await findKey(await keys.get(), isShared, header, token)
    }
  }
}
