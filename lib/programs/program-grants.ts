import { StoreUnavailable } from '../errors.ts'
import type { EndReason, LoginEvents } from '../events.ts'
import type { Grant } from '../oidc/tokens/grant.ts'
import type { ProgramSettings } from '../options/program-settings.ts'
import { handleOf, newSessionId, userKeyOf } from '../session/handle.ts'
import type { TokenIssuer } from '../session/issued-tokens.ts'
import type { Revocations } from '../session/revocations.ts'
import type { SessionStart } from '../session/session.ts'
import { invalidGrant, OAuthRefusal } from './oauth-refusal.ts'
import type { FamilyName } from './program-family.ts'
import type { ProgramProviderTokens } from './program-provider-tokens.ts'
import { narrowScopes, OFFLINE } from './program-scopes.ts'
import type { FoundFamily, RefreshTokens } from './refresh-tokens.ts'

/** A person who let a program act for them. */
export interface ProgramLogin {
  readonly person: SessionStart
  /** What the provider granted, where it is needed later; only a program with `passThrough` gets anything of it. */
  readonly grant: Grant | undefined
  /** What the program gets, without `offline_access`. */
  readonly scopes: readonly string[]
  /** Whether it may go on without the person. */
  readonly isOffline: boolean
}

/** What an access token shall be, of what there may be one for. */
export interface AccessWish {
  /** Fewer than the person agreed to, for this access token only. */
  readonly scopes?: readonly string[] | undefined
  /** Services that a token of this application is for. @default all that there are tokens for */
  readonly audience?: readonly string[] | undefined
}

/** A successful answer of the token endpoint (RFC 6749, section 5.1). */
export interface TokenAnswer {
  readonly access_token: string
  /** RFC 8693, section 2.2.1; left out where nothing was exchanged. */
  readonly issued_token_type?: string
  readonly token_type: 'Bearer'
  /** Seconds; left out where the provider does not say. */
  readonly expires_in?: number
  readonly refresh_token?: string
  readonly scope: string
}

/** Whether the application still accepts a person. */
export type AcceptPerson = (person: SessionStart) => Promise<boolean>

export interface ProgramGrantsParts {
  readonly refreshTokens: RefreshTokens
  /** Makes access tokens; undefined where every program gets those of the provider. */
  readonly issued: Pick<TokenIssuer, 'issue'> | undefined
  readonly providerTokens: ProgramProviderTokens
  readonly revocations: Pick<Revocations, 'end' | 'isEnded' | 'generationOf'>
  readonly events: LoginEvents
  /** Told of each family that is ended, as of sessions. */
  readonly onEnd: (handle: string, reason: EndReason, isFirst: boolean) => Promise<void>
  /** Tells the people of registrations that share a store apart. */
  readonly context: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Another process may use the same refresh token at the same time; so often it is looked at again. */
const MOST_ATTEMPTS = 8

/** Seconds by which a token that is issued meanwhile may outlive what was known of its end. */
const UNDER_WAY = 60

interface AccessToken {
  readonly text: string
  /** Seconds since 1970. */
  readonly expiresAt: number | undefined
  readonly scopes: readonly string[]
}

/** What programs are given for people, from the first access token to the last refresh. */
export class ProgramGrants {
  readonly #parts: ProgramGrantsParts

  constructor (parts: ProgramGrantsParts) {
    this.#parts = parts
  }

  /** Names what a program is about to be given: whoever ends all sessions of the person from now on ends it too. */
  async nameFor (userId: string): Promise<FamilyName> {
    const userKey = userKeyOf(this.#parts.context, userId)
    const generation = await this.#parts.revocations.generationOf(userKey)
    return { handle: handleOf(userKey, newSessionId()), generation: generation?.id }
  }

  /**
   * The first tokens of a program for a person, whom the application has accepted.
   *
   * @param name where it was named before, as for a code
   * @param audience the services that the access token is for; all where there is none
   * @throws OAuthRefusal `invalid_grant`; ProviderUnavailable, StoreUnavailable
   */
  async begin (
    program: ProgramSettings, login: ProgramLogin, name?: FamilyName, audience?: AccessWish['audience']
  ): Promise<TokenAnswer> {
    const { person, scopes, isOffline } = login
    const { refreshTokens, providerTokens, events } = this.#parts
    const { handle, generation } = name ?? await this.nameFor(person.userId)
    const endsAt = this.endOf(program, login)
    const family = { handle, generation, clientId: program.clientId, person, scopes, endsAt }
    if (await this.isOver(family)) throw invalidGrant('the person was logged out meanwhile')
    const grant = this.grantOf(program, isOffline, login.grant)
    if (grant !== undefined) await providerTokens.keep({ handle, endsAt }, grant)
    const token = await this.#accessToken(program, family, { scopes, audience })
    const refreshToken = isOffline ? await refreshTokens.begin(family) : undefined
    events.emit('programAuthorized', {
      userId: person.userId, identity: person.identity, clientId: program.clientId, sessionHandle: handle, scopes
    })
    return this.#answer(token, refreshToken)
  }

  /**
   * A new access token for a refresh token, which is spent by that, and its successor.
   *
   * @param accept whether the application still accepts the person; where it does not, all that the program has ends
   * @throws OAuthRefusal `invalid_grant` or `invalid_scope`; ProviderUnavailable, StoreUnavailable: then the refresh
   *   token stays good
   */
  async refresh (
    program: ProgramSettings, refreshToken: string, wish: AccessWish = {}, accept: AcceptPerson = async () => true
  ): Promise<TokenAnswer> {
    const { refreshTokens, providerTokens, now } = this.#parts
    const came = now()
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const found = await refreshTokens.find(refreshToken, came)
      if (found === undefined) throw invalidGrant('the refresh token is none of ours, or has ended')
      // Nobody but the program itself can end what it has.
      if (found.family.clientId !== program.clientId) throw invalidGrant('the refresh token is that of another program')
      if (found.use === 'reused') return await this.#endFound(found, 'reused')
      if (await this.isOver(found.family)) return await this.#endFound(found, 'ended')
      if (!await accept(found.family.person)) return await this.#endFound(found, 'userRefused')
      if (await providerTokens.isTakenBack(program, found.family.handle)) return await this.#endFound(found, 'grantRevoked')
      const token = await this.#refreshedToken(program, found, narrowed(program, found, wish))
      const successor = await refreshTokens.rotate(found)
      if (successor !== undefined) return this.#answer(token, successor)
    }
    throw new StoreUnavailable()
  }

  /** What of a provider's grant a login has to bring with it; undefined where nobody would look at it again. */
  grantOf (program: ProgramSettings, isOffline: boolean, grant: Grant | undefined): Grant | undefined {
    return this.#parts.providerTokens.worthKeeping(program, isOffline, grant)
  }

  /** Ends all that a program was given by one consent. */
  async end (handle: string, endsAt: number, reason: EndReason): Promise<void> {
    const isFirst = await this.#parts.revocations.end(handle, endsAt + UNDER_WAY)
    await this.#parts.onEnd(handle, reason, isFirst)
  }

  /** When nothing of a login is good any more, in seconds since 1970. */
  endOf (
    { accessTokenTtl, refreshTokenTtl }: ProgramSettings, { person, isOffline }: Pick<ProgramLogin, 'person' | 'isOffline'>
  ): number {
    const life = isOffline ? refreshTokenTtl : accessTokenTtl
    return Math.min(this.#seconds() + life, person.endsBy ?? Infinity)
  }

  /** Whether what a program was given has ended, by its time or before. @throws StoreUnavailable */
  async isOver ({ handle, generation, person, endsAt }: BeginningFamily): Promise<boolean> {
    if (endsAt <= this.#seconds()) return true
    return await this.#parts.revocations.isEnded({ handle, generation, marks: person.marks })
  }

  async #endFound (found: FoundFamily, reason: EndReason): Promise<never> {
    await this.end(found.family.handle, found.family.endsAt, reason)
    await this.#parts.refreshTokens.forget(found)
    throw invalidGrant(`what the program had is over: ${reason}`)
  }

  async #refreshedToken (program: ProgramSettings, found: FoundFamily, wish: SettledWish): Promise<AccessToken> {
    try {
      return await this.#accessToken(program, found.family, wish)
    } catch (error) {
      if (error instanceof OAuthRefusal) return await this.#endFound(found, 'grantRevoked')
      throw error
    }
  }

  async #accessToken (
    program: ProgramSettings, family: BeginningFamily, { scopes, audience }: SettledWish
  ): Promise<AccessToken> {
    if (program.isPassThrough) return await this.#providerToken(family, scopes)
    const { handle, generation, clientId, person, endsAt } = family
    const { userId, identity, claims = {}, authenticatedAt, marks } = person
    const expiresIn = Math.min(program.accessTokenTtl, endsAt - this.#seconds())
    const whose = { userId, identity, claims, authenticatedAt, clientId, family: { handle, generation, marks } }
    const issued = await this.#parts.issued?.issue({ ...whose, scopes, audience, expiresIn })
    if (issued === undefined) throw new Error('no access tokens are issued here')
    return { text: issued.text, expiresAt: issued.expiresAt, scopes }
  }

  async #providerToken ({ handle }: BeginningFamily, scopes: readonly string[]): Promise<AccessToken> {
    const { accessToken, expiresAt, scopes: granted } = await this.#parts.providerTokens.get(handle, scopes)
    return { text: accessToken, expiresAt, scopes: granted.filter(scope => scope !== OFFLINE) }
  }

  #answer ({ text, expiresAt, scopes }: AccessToken, refreshToken: string | undefined): TokenAnswer {
    return {
      access_token: text,
      token_type: 'Bearer',
      ...(expiresAt === undefined ? {} : { expires_in: Math.max(0, expiresAt - this.#seconds()) }),
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      scope: [...scopes, ...(refreshToken === undefined ? [] : [OFFLINE])].join(' ')
    }
  }

  #seconds (): number {
    return Math.floor(this.#parts.now() / 1000)
  }
}

type BeginningFamily = Omit<FoundFamily['family'], 'current' | 'spent'>
type SettledWish = AccessWish & { readonly scopes: readonly string[] }

/** Never more than the person agreed to (RFC 6749, section 6), nor than the program is registered for by now. */
function narrowed (program: ProgramSettings, { family }: FoundFamily, wish: AccessWish): SettledWish {
  const scopes = narrowScopes(program, family.scopes, wish.scopes)
  if (scopes !== undefined) return { ...wish, scopes }
  throw new OAuthRefusal('invalid_scope', 'The person did not agree to all of these scopes.')
}
