import { BearerToken } from '../bearer-token.ts'
import type { ProgramSettings } from '../options/program-settings.ts'
import type { TokenIssuer } from '../session/issued-tokens.ts'
import type { Claims } from '../user.ts'
import type { ProgramClients } from './program-client.ts'
import type { AcceptPerson, ProgramGrants } from './program-grants.ts'
import { mayHave, OFFLINE } from './program-scopes.ts'
import type { FoundFamily, RefreshTokens } from './refresh-tokens.ts'
import { fieldOf, readForm } from './token-form.ts'

export interface TokenIntrospectionParts {
  /** What this application calls itself as an authorization server. */
  readonly identifier: string
  readonly clients: ProgramClients
  readonly grants: Pick<ProgramGrants, 'isOver'>
  readonly refreshTokens: Pick<RefreshTokens, 'find'>
  /** Knows the access tokens of this application; undefined where it issues none. */
  readonly issued: Pick<TokenIssuer, 'look'> | undefined
}

/** An introspection request as it came. */
export interface IncomingIntrospection {
  readonly authorization: string | undefined
  /** The form. */
  readonly body: string
  readonly accept: AcceptPerson
  /** What is told of the person, beside who they are. */
  readonly tell: (token: BearerToken) => Claims
}

/** What is known of a token (RFC 7662, section 2.2). Times are seconds since 1970. */
export type IntrospectionAnswer = { readonly active: false } | ActiveToken

export interface ActiveToken {
  readonly active: true
  readonly iss: string
  /** `currentUser.id`. */
  readonly sub: string
  readonly aud?: string | readonly string[]
  readonly client_id?: string
  readonly scope: string
  readonly exp: number
  readonly iat?: number
  readonly jti?: string
  readonly token_type?: 'Bearer'
  readonly auth_time?: number
  readonly [claim: string]: unknown
}

/** Whatever is not good, or not for who asks: nobody is told which. */
const INACTIVE: IntrospectionAnswer = Object.freeze({ active: false })

/** Tells programs which tokens are good, and what they say (RFC 7662). */
export class TokenIntrospection {
  readonly #parts: TokenIntrospectionParts

  constructor (parts: TokenIntrospectionParts) {
    this.#parts = parts
  }

  /** @throws OAuthRefusal `invalid_client` or `invalid_request`; StoreUnavailable, where nobody can say */
  async answer (request: IncomingIntrospection): Promise<IntrospectionAnswer> {
    const form = readForm(request.body)
    const program = this.#parts.clients.authenticateSecret({ authorization: request.authorization, form })
    const text = fieldOf(form, 'token')
    const found = await this.#parts.refreshTokens.find(text)
    if (found !== undefined) return await this.#ofRefreshToken(program, found, request)
    return await this.#ofAccessToken(program, text, request)
  }

  async #ofAccessToken (
    program: ProgramSettings, text: string, { accept, tell }: IncomingIntrospection
  ): Promise<IntrospectionAnswer> {
    const token = await this.#parts.issued?.look(text)
    if (!(token instanceof BearerToken)) return INACTIVE
    if (token.clientId !== program.clientId && !program.mayIntrospect) return INACTIVE
    const { userId, identity, claims } = token
    if (!await accept({ userId, identity, claims })) return INACTIVE
    return { ...tell(token), ...this.#accessTokenMembers(token) }
  }

  #accessTokenMembers (
    { userId, clientId, audience: [first, ...others], scopes, expiresAt, issuedAt, id, authenticatedAt }: BearerToken
  ): ActiveToken {
    const { identifier } = this.#parts
    return {
      active: true,
      iss: identifier,
      sub: userId,
      // What is sealed is for this application, and says nothing of it.
      aud: first === undefined || others.length === 0 ? first ?? identifier : [first, ...others],
      ...(clientId === undefined ? {} : { client_id: clientId }),
      scope: scopes.join(' '),
      exp: expiresAt,
      ...(issuedAt === undefined ? {} : { iat: issuedAt }),
      ...(id === undefined ? {} : { jti: id }),
      token_type: 'Bearer',
      ...(authenticatedAt === undefined ? {} : { auth_time: authenticatedAt })
    }
  }

  /**
   * A refresh token is for nobody but its program. It has no type and no audience: no service takes it for an access
   * token.
   */
  async #ofRefreshToken (
    program: ProgramSettings, { family, use }: FoundFamily, { accept }: IncomingIntrospection
  ): Promise<IntrospectionAnswer> {
    const { clientId, person, scopes, endsAt } = family
    if (clientId !== program.clientId || use !== 'current') return INACTIVE
    if (await this.#parts.grants.isOver(family) || !await accept(person)) return INACTIVE
    return {
      active: true,
      iss: this.#parts.identifier,
      sub: person.userId,
      client_id: clientId,
      scope: [...scopes.filter(scope => mayHave(program, scope)), OFFLINE].join(' '),
      exp: endsAt,
      ...(person.authenticatedAt === undefined ? {} : { auth_time: person.authenticatedAt })
    }
  }
}
