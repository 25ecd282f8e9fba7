import type { JWTPayload } from 'jose'
import { digestOf } from '../../digest.ts'
import { LogoutTokenInvalid, ProviderUnavailable } from '../../errors.ts'
import { toLoginError } from '../provider/failure.ts'
import type { Provider } from '../provider/provider.ts'
import { verifyJwt } from '../provider/verify-jwt.ts'

/** What a provider says with a logout token: one session of its own is over (`sid`), or all of a person's. */
export interface LogoutToken {
  /** Whose session or person it is: that of the tenant, where there are many. */
  readonly issuer: string
  readonly subject: string | undefined
  readonly sid: string | undefined
  /** When the provider said it, in seconds since 1970. */
  readonly issuedAt: number
  /** What the token is called in a store; another provider may use the same `jti`. */
  readonly digest: string
  /** When the token is accepted by nobody any more, in seconds since 1970. */
  readonly endsAt: number
}

/** Seconds after `iat` in which a logout token is accepted, however late its `exp` is. */
export const LOGOUT_TOKEN_LIFE = 600
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

function refuse (problem: string): never {
  throw new LogoutTokenInvalid({ cause: new Error(problem) })
}

/** Providers of before the final text send no type, or the one of every JWT (section 2.4). */
function assertType ({ typ = 'jwt' }: { readonly typ?: unknown }): void {
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : ''
  if (type !== 'jwt' && type !== 'logout+jwt') refuse('"typ" is none of a logout token')
}

function isObject (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf (claims: JWTPayload, name: 'sub' | 'sid' | 'jti'): string | undefined {
  const value = claims[name]
  if (value !== undefined && (typeof value !== 'string' || value === '')) refuse(`"${name}" is no text`)
  return value
}

/** As of an ID token (OpenID Connect Core, section 3.1.3.7, numbers 4 and 5). */
function assertParty ({ aud, azp }: JWTPayload, clientId: string): void {
  if (Array.isArray(aud) && aud.length > 1 && azp === undefined) refuse('"azp" is missing')
  if (azp !== undefined && azp !== clientId) refuse('"azp" is another client')
}

function issuedAtOf ({ iat }: JWTPayload, now: number, tolerance: number): number {
  const issuedAt = Number(iat)
  if (!(issuedAt <= now + tolerance)) refuse('"iat" is no time of the past')
  if (now > issuedAt + LOGOUT_TOKEN_LIFE + tolerance) refuse('"iat" is too long ago')
  return issuedAt
}

function assertLogout (claims: JWTPayload): void {
  const { events } = claims
  if (!isObject(events) || !Object.hasOwn(events, LOGOUT_EVENT) || !isObject(events[LOGOUT_EVENT])) {
    refuse('"events" is not about a logout')
  }
  if ('nonce' in claims) refuse('"nonce" is that of an ID token')
}

/** The claims of a token that is signed by the provider and for us (section 2.6, numbers 2 and 3). */
async function verify (provider: Provider, token: string): Promise<JWTPayload> {
  try {
    const server = await provider.server()
    const { payload, protectedHeader } = await verifyJwt(provider, server, provider.publicKeys(server), token, ['exp', 'iat', 'jti'])
    assertType(protectedHeader)
    return payload
  } catch (error) {
    if (error instanceof LogoutTokenInvalid) throw error
    const reason = toLoginError(error)
    throw reason instanceof ProviderUnavailable ? reason : new LogoutTokenInvalid({ cause: error })
  }
}

/**
 * Judges a logout token (OpenID Connect Back-Channel Logout, sections 2.4 and 2.6). Whether it was used before is not
 * looked at.
 *
 * @throws LogoutTokenInvalid, and ProviderUnavailable where its keys cannot be had
 */
export async function processLogoutToken (provider: Provider, token: string): Promise<LogoutToken> {
  const { settings: { clientId, clockTolerance }, now } = provider
  const claims = await verify(provider, token)
  const issuer = String(claims.iss)
  assertParty(claims, clientId)
  const issuedAt = issuedAtOf(claims, Math.floor(now() / 1000), clockTolerance)
  const [subject, sid] = [textOf(claims, 'sub'), textOf(claims, 'sid')]
  if (subject === undefined && sid === undefined) refuse('"sub" and "sid" are missing')
  assertLogout(claims)
  const named = JSON.stringify([issuer, clientId, textOf(claims, 'jti')])
  const endsAt = Math.min(Number(claims.exp), issuedAt + LOGOUT_TOKEN_LIFE) + clockTolerance + 1
  return { issuer, subject, sid, issuedAt, digest: digestOf(named), endsAt }
}
