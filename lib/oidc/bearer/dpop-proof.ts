import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, type JWK, type JWTPayload, jwtVerify } from 'jose'
import { digestOf } from '../../digest.ts'
import { SIGNING_ALGS } from '../../options/oidc-settings.ts'
import { hasPrivatePart } from '../../options/public-key.ts'
import { assertPlain, assertSpelling } from '../provider/verify-jwt.ts'

/** What a proof must be about. */
export interface ProvenUse {
  readonly method: string
  readonly url: string
  /** The access token that comes along. */
  readonly text: string
  /** The key that the token is bound to. */
  readonly keyThumbprint: string
}

/** A proof that holds. Whether it was used before is not looked at. */
export interface DpopProof {
  /** What it is called in a store; with another key the same `jti` may be used. */
  readonly digest: string
  /** When it is accepted by nobody any more, in seconds since 1970. */
  readonly endsAt: number
}

const MOST_CHARACTERS = 8192
const MOST_OF_A_NAME = 128
/** Seconds after `iat` in which a proof is accepted. */
const LIFE = 60
/** Seconds by which the clock of whoever makes a proof may be ahead. */
const AHEAD = 30
const octet = /%[\da-f]{2}/gi
const unreserved = /^[\w.~-]$/

function refuse (problem: string): never {
  throw new Error(problem)
}

/** The key that a proof shows, before anything is computed with it. */
function shownKey (proof: string): JWK {
  const header = decodeProtectedHeader(proof)
  assertPlain(header)
  const jwk = header.jwk ?? refuse('"jwk" is missing')
  if (hasPrivatePart(jwk)) refuse('"jwk" has a part that is private')
  return jwk
}

/** Of two spellings of one octet there is one to compare (RFC 3986, sections 6.2.2.1 and 6.2.2.2). */
function spellOctet (encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return unreserved.test(character) ? character : encoded.toUpperCase()
}

/** An address as it is compared: without query and fragment; undefined for what is none. */
function normalize (address: unknown): string | undefined {
  if (typeof address !== 'string' || !URL.canParse(address)) return undefined
  const url = new URL(address)
  url.search = ''
  url.hash = ''
  return url.href.replace(octet, spellOctet)
}

function assertUse ({ htm, htu, ath }: JWTPayload, { method, url, text }: ProvenUse): void {
  if (htm !== method) refuse('"htm" is another method')
  const address = normalize(url)
  if (address === undefined || normalize(htu) !== address) refuse('"htu" is another address')
  if (ath !== digestOf(text)) refuse('"ath" is another access token')
}

/** When a proof ends that was made just now. */
function endOf ({ iat }: JWTPayload, now: number): number {
  const issuedAt = Number(iat)
  if (!(issuedAt <= now + AHEAD)) refuse('"iat" is no time of the past')
  if (issuedAt < now - LIFE) refuse('"iat" is too long ago')
  return issuedAt + LIFE
}

function nameOf ({ jti }: JWTPayload): string {
  if (typeof jti !== 'string' || jti === '' || jti.length > MOST_OF_A_NAME) refuse('"jti" is no name of a proof')
  return jti
}

/**
 * Judges a DPoP proof that came with an access token (RFC 9449, sections 4.3 and 7.1).
 *
 * @param now seconds since 1970
 * @throws an Error or a JOSEError that says what is wrong with it
 */
export async function verifyDpopProof (proof: string, use: ProvenUse, now: number): Promise<DpopProof> {
  if (proof.length > MOST_CHARACTERS) refuse('The proof is too long')
  assertSpelling(proof)
  // First, so that nothing is computed with the key of a stranger: only its owner can make work of it.
  const thumbprint = await calculateJwkThumbprint(shownKey(proof))
  if (thumbprint !== use.keyThumbprint) refuse('"jwk" is another key than that of the access token')
  const { payload } = await jwtVerify(proof, EmbeddedJWK, {
    algorithms: SIGNING_ALGS, typ: 'dpop+jwt', currentDate: new Date(now * 1000)
  })
  assertUse(payload, use)
  return { digest: digestOf(JSON.stringify([thumbprint, nameOf(payload)])), endsAt: endOf(payload, now) }
}
