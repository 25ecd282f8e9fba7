import {
  createRemoteJWKSet, customFetch, errors, type ExportedJWKSCache, type JWK, jwksCache, type JWTVerifyGetKey
} from 'jose'
import { isOfAnyTenant, isSpeaker } from '../../options/issuer.ts'
import type { BoundedFetch } from './bounded-fetch.ts'
import { Cached, type Loaded } from './cached.ts'
import type { KeptAnswers } from './kept-answers.ts'
import { Outage } from './outage.ts'
import { readPart } from './token-issuer.ts'

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
function keysOf (jwksUri: string, fetch: BoundedFetch, kept: ExportedJWKSCache | undefined): FindKey {
  return createRemoteJWKSet(new URL(jwksUri), {
    [customFetch]: fetch,
    cacheMaxAge: Infinity,
    cooldownDuration: Infinity,
    ...kept === undefined ? {} : { [jwksCache]: kept }
  })
}

async function loadKeys (jwksUri: string, fetch: BoundedFetch, kept: KeptAnswers | undefined): Promise<FindKey> {
  const keys = keysOf(jwksUri, fetch, undefined)
  await keys.reload()
  kept?.keep(jwksUri, { ...keys.jwks() })
  return keys
}

async function restoreKeys (
  jwksUri: string, fetch: BoundedFetch, kept: KeptAnswers | undefined
): Promise<Loaded<FindKey> | undefined> {
  const found = await kept?.find(jwksUri)
  if (found === undefined) return undefined
  const { answer, at } = found
  const of = keysOf(jwksUri, fetch, { jwks: answer as ExportedJWKSCache['jwks'], uat: at })
  return of.jwks() === undefined ? undefined : { of, at }
}

/** What a token says of its issuer; whether it is true is seen when the signature is verified. */
function issuerIn (payload: unknown): unknown {
  return (readPart(String(payload)) as { readonly iss?: unknown } | null | undefined)?.iss
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

/**
 * The keys behind a `jwks_uri`. The last good ones serve for a day when the provider does not answer.
 *
 * @param kept those that another process has loaded, or this one before it began anew
 */
export function cacheKeys (
  jwksUri: string, fetch: BoundedFetch, now: () => number, kept?: KeptAnswers
): Cached<FindKey> {
  return new Cached(
    () => loadKeys(jwksUri, fetch, kept), FRESHNESS, now, () => restoreKeys(jwksUri, fetch, kept)
  )
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
