import type { ProgramSettings } from '../options/program-settings.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import type { ProgramClients } from './program-client.ts'
import type { ProgramCodes } from './program-codes.ts'
import type { AcceptPerson, ProgramGrants, TokenAnswer } from './program-grants.ts'
import { parseScopes } from './program-scopes.ts'
import { fieldOf, grantTypeOf, readForm } from './token-form.ts'

/** What a program asks the token endpoint for, once it is known which program it is. */
export interface TokenRequest {
  readonly program: ProgramSettings
  /** Its fields by their names of RFC 6749, none of them twice or empty. */
  readonly form: URLSearchParams
  /** Whether the application accepts a person. */
  readonly accept: AcceptPerson
}

/** Answers one grant type. @throws OAuthRefusal, ProviderUnavailable, StoreUnavailable */
export type GrantHandler = (request: TokenRequest) => Promise<TokenAnswer>

export interface TokenEndpointParts {
  readonly clients: ProgramClients
  readonly codes: ProgramCodes
  readonly grants: ProgramGrants
}

/** A token request as it came. */
export interface IncomingTokenRequest {
  readonly authorization: string | undefined
  /** The form. */
  readonly body: string
  readonly accept: AcceptPerson
}

function byCode (codes: ProgramCodes): GrantHandler {
  return async ({ program, form }) => await codes.redeem(program, {
    code: fieldOf(form, 'code'),
    redirectUri: form.get('redirect_uri') ?? undefined,
    codeVerifier: form.get('code_verifier') ?? undefined
  })
}

function byRefreshToken (grants: ProgramGrants): GrantHandler {
  return async ({ program, form, accept }) => {
    const scope = form.get('scope')
    const scopes = scope === null ? undefined : parseScopes(scope)
    if (scope !== null && scopes === undefined) throw new OAuthRefusal('invalid_scope', 'The scope is malformed.')
    return await grants.refresh(program, fieldOf(form, 'refresh_token'), scopes, accept)
  }
}

/** Gives programs their tokens (RFC 6749, section 3.2). */
export class TokenEndpoint {
  readonly #clients: ProgramClients
  readonly #handlers: Map<string, GrantHandler>

  constructor ({ clients, codes, grants }: TokenEndpointParts) {
    this.#clients = clients
    this.#handlers = new Map([['authorization_code', byCode(codes)], ['refresh_token', byRefreshToken(grants)]])
  }

  /** Has a further grant type answered, as that of RFC 8628. */
  take (grantType: string, handler: GrantHandler): void {
    this.#handlers.set(grantType, handler)
  }

  /** @throws OAuthRefusal, ProviderUnavailable, StoreUnavailable */
  async answer ({ authorization, body, accept }: IncomingTokenRequest): Promise<TokenAnswer> {
    const form = readForm(body)
    const program = this.#clients.authenticate({ authorization, form })
    const handler = this.#handlers.get(grantTypeOf(form))
    if (handler === undefined) throw new OAuthRefusal('unsupported_grant_type', 'This grant type is not served here.')
    return await handler({ program, form, accept })
  }
}
