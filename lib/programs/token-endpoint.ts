import type { ProgramSettings } from '../options/program-settings.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import type { ProgramClients } from './program-client.ts'
import type { ProgramCodes } from './program-codes.ts'
import type { AcceptPerson, AccessWish, ProgramGrants, TokenAnswer } from './program-grants.ts'
import { audienceIn } from './token-audience.ts'
import { fieldOf, grantTypeOf, readForm, scopesIn } from './token-form.ts'

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
  /** What access tokens can be for; undefined where they are for nobody in particular. */
  readonly audience: readonly string[] | undefined
}

/** A token request as it came. */
export interface IncomingTokenRequest {
  readonly authorization: string | undefined
  /** The form. */
  readonly body: string
  readonly accept: AcceptPerson
}

/**
 * The services that a token is asked for (RFC 8707). Those of others are for what these say.
 *
 * @throws OAuthRefusal `invalid_target`
 */
export function resourceIn (
  { program, form }: Pick<TokenRequest, 'program' | 'form'>, audience: TokenEndpointParts['audience']
): AccessWish['audience'] {
  return audience === undefined || program.isPassThrough ? undefined : audienceIn(form, ['resource'], audience)
}

function byCode ({ codes, audience }: TokenEndpointParts): GrantHandler {
  return async request => {
    const { program, form } = request
    return await codes.redeem(program, {
      code: fieldOf(form, 'code'),
      redirectUri: form.get('redirect_uri') ?? undefined,
      codeVerifier: form.get('code_verifier') ?? undefined
    }, resourceIn(request, audience))
  }
}

function byRefreshToken ({ grants, audience }: TokenEndpointParts): GrantHandler {
  return async request => {
    const { program, form, accept } = request
    const wish = { scopes: scopesIn(form), audience: resourceIn(request, audience) }
    return await grants.refresh(program, fieldOf(form, 'refresh_token'), wish, accept)
  }
}

/** Gives programs their tokens (RFC 6749, section 3.2). */
export class TokenEndpoint {
  readonly #clients: ProgramClients
  readonly #handlers: Map<string, GrantHandler>

  constructor (parts: TokenEndpointParts) {
    this.#clients = parts.clients
    this.#handlers = new Map([['authorization_code', byCode(parts)], ['refresh_token', byRefreshToken(parts)]])
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
