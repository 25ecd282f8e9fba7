import { BearerToken } from '../bearer-token.ts'
import { ArgumentInvalid, BearerUnset } from '../errors.ts'
import { LONGEST_TOKEN } from '../options/broker-settings.ts'
import type { Settings } from '../options/settings.ts'
import { GENERATION_LIFE } from '../session/generation.ts'
import { isHandle } from '../session/handle.ts'
import type { TokenStart } from '../session/issued-token.ts'
import type { TokenIssuer } from '../session/issued-tokens.ts'
import { AuthUser } from '../user.ts'
import { bearerUser } from './bearer-user.ts'
import type { RealmParts } from './realm-parts.ts'
import { areWords } from './requirements.ts'

/** What `login.issueToken` is asked for. */
export interface IssueTokenOptions {
  /**
   * Seconds that the token lives, at most 400 days; one that is signed at most a day.
   * @default what `bearer.issued` says: an hour; with `broker` its `accessTokenTtl`
   */
  expiresIn?: number
  /** What the token allows; never what its person may do elsewhere. @default nothing that a guard asks for by scope */
  scopes?: readonly string[]
  /** Which of `broker.audience` the token is for; with `broker` only. @default all of them */
  audience?: readonly string[]
}

/** A token that this application has issued. */
export interface IssuedToken {
  /** To be sent as `Authorization: Bearer …`. Nobody can show it a second time. */
  readonly accessToken: string
  readonly tokenType: 'Bearer'
  /** Seconds since 1970. */
  readonly expiresAt: number
  readonly scopes: readonly string[]
  /** Names the token for `login.revokeToken`, and opens nothing. */
  readonly handle: string
}

/** What became of a token that was looked at outside a request. */
export type VerifiedToken =
  | { readonly isValid: true, readonly token: BearerToken, readonly user: AuthUser }
  | { readonly isValid: false, readonly reason: 'expired' | 'revoked' | 'invalid' }

/** What tokens outside a request need of a realm. */
export type TokenRealm = Pick<RealmParts, 'settings' | 'bearer' | 'issued'>

const KNOWN = ['expiresIn', 'scopes', 'audience']
/** Seconds since 1970: in the year 5138, or in 1973 if they were milliseconds. */
const LATEST_TIME = 100_000_000_000

/** What holds for tokens where nothing else is said. */
interface TokenLimits {
  /** Seconds. */
  readonly usual: number
  /** Seconds. */
  readonly longest: number
  /** What they can be for; undefined where they are for this application alone. */
  readonly audience: readonly string[] | undefined
}

/** Who issues tokens. */
function issuerOf (
  { issued, settings: { bearer, broker } }: TokenRealm
): TokenLimits & { readonly issued: TokenIssuer } {
  const usual = broker?.accessTokenTtl ?? bearer?.issued?.expiresIn
  if (issued === undefined || usual === undefined) {
    throw new BearerUnset('This application issues no tokens. Write "bearer: { issued: true }" or "broker" in the options of fastify-login.')
  }
  const longest = broker === undefined ? GENERATION_LIFE : LONGEST_TOKEN
  return { issued, usual, longest, audience: broker?.audience }
}

function isObject (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** When a person proved who they are, as a token tells it: of whom that is not fresh, or not known, nothing is told. */
function provenAt ({ authenticatedAt, isFresh }: AuthUser): number | undefined {
  if (authenticatedAt === undefined || authenticatedAt === 0) return undefined
  if (typeof authenticatedAt === 'number' && authenticatedAt > 0 && authenticatedAt < LATEST_TIME) {
    return isFresh ? Math.floor(authenticatedAt) : undefined
  }
  throw new ArgumentInvalid('issueToken takes an AuthUser whose authenticatedAt is in seconds since 1970, or undefined.')
}

/** Who is vouched for by a tenant is somebody at its site only, which a token without a request cannot know. */
function assertAnywhere ({ identity }: AuthUser, { tenants }: Pick<Settings, 'tenants'>): void {
  if (!tenants.some(({ name }) => name === identity?.provider)) return
  throw new ArgumentInvalid('issueToken takes no AuthUser of a tenant, whose token would hold for all tenants. Pass an id, if that is what you mean.')
}

function resolvePerson (who: unknown, settings: Settings): Omit<TokenStart, 'scopes' | 'expiresIn' | 'audience'> {
  const user = who instanceof AuthUser ? who : new AuthUser(who as string)
  const { id: userId, identity, claims } = user
  if (typeof userId !== 'string' || userId === '') {
    throw new ArgumentInvalid('issueToken takes the id of a person as a text that is not empty, or an AuthUser. Write String(id) for a number.')
  }
  assertAnywhere(user, settings)
  if (!isObject(claims)) throw new ArgumentInvalid('issueToken takes an AuthUser whose claims are an object.')
  return { userId, identity, claims, authenticatedAt: provenAt(user) }
}

function resolveAudience (value: unknown, known: readonly string[] | undefined): TokenStart['audience'] {
  if (value === undefined) return undefined
  if (known === undefined) throw new ArgumentInvalid('The option "audience" of issueToken has no meaning without "broker".')
  const isKnown = Array.isArray(value) && value.length > 0 && value.every(one => known.includes(one as string))
  if (isKnown) return Object.freeze([...new Set(value as readonly string[])])
  throw new ArgumentInvalid(`The option "audience" of issueToken must be a list of some of "broker.audience": ${known.join(', ')}.`)
}

function resolveOptions (
  options: unknown, { usual, longest, audience: known }: TokenLimits
): Pick<TokenStart, 'expiresIn' | 'scopes' | 'audience'> {
  if (!isObject(options)) throw new ArgumentInvalid('issueToken takes its options as an object.')
  const unknown = Object.keys(options).find(key => !KNOWN.includes(key))
  if (unknown !== undefined) throw new ArgumentInvalid(`issueToken has no option "${unknown}". Its options are ${KNOWN.join(', ')}.`)
  const { expiresIn = usual, scopes = [], audience } = options
  if (typeof expiresIn !== 'number' || !Number.isSafeInteger(expiresIn) || expiresIn < 1 || expiresIn > longest) {
    throw new ArgumentInvalid(`The option "expiresIn" of issueToken must be a whole number of seconds from 1 to ${longest}.`)
  }
  if (!areWords(scopes)) {
    throw new ArgumentInvalid('The option "scopes" of issueToken must be a list of scopes, each of them one word.')
  }
  return { expiresIn, scopes: Object.freeze([...new Set(scopes)]), audience: resolveAudience(audience, known) }
}

/** @throws BearerUnset, ArgumentInvalid, TokenTooLarge, StoreUnavailable */
export async function issueToken (realm: TokenRealm, who: unknown, options: unknown = {}): Promise<IssuedToken> {
  const { issued, ...limits } = issuerOf(realm)
  const wanted = resolveOptions(options, limits)
  const { text, handle, expiresAt } = await issued.issue({ ...resolvePerson(who, realm.settings), ...wanted })
  return Object.freeze({ accessToken: text, tokenType: 'Bearer', expiresAt, scopes: wanted.scopes, handle })
}

/** @throws BearerUnset, ProviderUnavailable, StoreUnavailable */
export async function verifyToken ({ bearer, settings }: TokenRealm, text: unknown): Promise<VerifiedToken> {
  if (bearer === undefined) {
    throw new BearerUnset('No access tokens are taken here. Write the option "bearer" of fastify-login.')
  }
  const verdict = typeof text === 'string' ? await bearer.verify(text) : { refusal: 'invalid' as const }
  if (!(verdict instanceof BearerToken)) return Object.freeze({ isValid: false, reason: verdict.refusal })
  // Without a request there is no proof, and without one such a token is anybody's.
  if (verdict.confirmation !== undefined) return Object.freeze({ isValid: false, reason: 'invalid' })
  return Object.freeze({ isValid: true, token: verdict, user: bearerUser(verdict, undefined, settings) })
}

/** @throws BearerUnset, ArgumentInvalid, StoreUnavailable, and then the token may live */
export async function revokeToken (realm: TokenRealm, tokenOrHandle: unknown): Promise<void> {
  const { issued } = issuerOf(realm)
  if (isHandle(tokenOrHandle)) return await issued.revoke(tokenOrHandle)
  const found = typeof tokenOrHandle === 'string' ? await issued.find(tokenOrHandle) : undefined
  if (found === undefined) throw new ArgumentInvalid('This is no token that this application has issued, nor the handle of one.')
  await issued.revoke(found.handle, found.endsBy)
}
