import { BearerToken } from '../bearer-token.ts'
import type { ProgramSettings } from '../options/program-settings.ts'
import type { TokenIssuer } from '../session/issued-tokens.ts'
import { invalidGrant, OAuthRefusal } from './oauth-refusal.ts'
import type { ProgramClients } from './program-client.ts'
import type { ProgramGrants } from './program-grants.ts'
import { type FoundFamily, isRefreshToken, type RefreshTokens } from './refresh-tokens.ts'
import { fieldOf, readForm } from './token-form.ts'

export interface TokenRevocationParts {
  readonly clients: ProgramClients
  readonly grants: Pick<ProgramGrants, 'end'>
  readonly refreshTokens: Pick<RefreshTokens, 'find' | 'forget'>
  /** Knows the access tokens of this application; undefined where it issues none. */
  readonly issued: Pick<TokenIssuer, 'look' | 'find'> | undefined
}

/** A revocation request as it came. */
export interface IncomingRevocation {
  readonly authorization: string | undefined
  /** The form. */
  readonly body: string
}

const FOREIGN = 'the token is that of another program'

/** Ends what programs do not need any more (RFC 7009). */
export class TokenRevocation {
  readonly #parts: TokenRevocationParts

  constructor (parts: TokenRevocationParts) {
    this.#parts = parts
  }

  /**
   * Ends all that came of the consent that a token came of, at the provider too. What is over already is as well ended
   * (section 2.2). A hint at the type is not needed: a token shows what it is.
   *
   * @throws OAuthRefusal `invalid_grant` for a token of another program, `unsupported_token_type` for one that came of
   *   a token of another one: nothing happens to them; StoreUnavailable, and then it may live
   */
  async answer ({ authorization, body }: IncomingRevocation): Promise<void> {
    const form = readForm(body)
    const program = this.#parts.clients.authenticate({ authorization, form })
    const text = fieldOf(form, 'token')
    const found = await this.#parts.refreshTokens.find(text)
    if (found === undefined) await this.#endAccess(program, text)
    else await this.#endFamily(program, found)
  }

  /** Also for a refresh token that was used before: who gives it back wants none of what came of it. */
  async #endFamily (program: ProgramSettings, found: FoundFamily): Promise<void> {
    const { clientId, handle, endsAt } = found.family
    if (clientId !== program.clientId) throw invalidGrant(FOREIGN)
    await this.#parts.grants.end(handle, endsAt, 'logout')
    await this.#parts.refreshTokens.forget(found)
  }

  async #endAccess (program: ProgramSettings, text: string): Promise<void> {
    const token = await this.#parts.issued?.look(text)
    if (token === undefined) return assertEndable(program, text)
    if (!(token instanceof BearerToken)) return
    if (token.clientId !== program.clientId) throw invalidGrant(FOREIGN)
    const end = await this.#parts.issued?.find(text)
    if (end?.isBorrowed === true) throw borrowed()
    if (end !== undefined) await this.#parts.grants.end(end.handle, end.endsBy, 'logout')
  }
}

/** Nobody is told that the access token of a provider was ended: a program ends it by its refresh token. */
function assertEndable ({ isPassThrough }: ProgramSettings, text: string): void {
  if (!isPassThrough || isRefreshToken(text)) return
  throw unendable('Only tokens of this application can be ended here. Send the refresh token.')
}

/** What its program did not begin, it does not end. */
export function borrowed (): OAuthRefusal {
  return unendable('A token that came of an exchange ends with the one that was exchanged.')
}

/** RFC 7009, section 2.2.1. */
export function unendable (description: string): OAuthRefusal {
  return new OAuthRefusal('unsupported_token_type', description)
}
