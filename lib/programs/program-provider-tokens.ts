import { bounded } from '../bounded.ts'
import { ProviderAnswerInvalid, ProviderUnavailable } from '../errors.ts'
import type { OidcClients } from '../oidc/client/oidc-clients.ts'
import { isAboutPerson } from '../oidc/login/program-demand.ts'
import type { TokenAnswer } from '../oidc/tokens/access-tokens.ts'
import type { Grant } from '../oidc/tokens/grant.ts'
import type { UsableToken } from '../oidc/tokens/service-fetch.ts'
import type { TokenHolder, TokenVault } from '../oidc/tokens/token-vault.ts'
import type { ProgramSettings } from '../options/program-settings.ts'
import { invalidGrant } from './oauth-refusal.ts'

export interface ProgramProviderTokensParts {
  readonly tokens: TokenVault
  readonly clients: OidcClients
  /** Whether what a program is given depends on what the provider granted for as long as it lives. */
  readonly hasBroker: boolean
}

/** Milliseconds: a program that gives up before it is answered has spent its refresh token, and got no other. */
const PATIENCE = 3_000

function isOutage (error: unknown): boolean {
  const isLate = error instanceof DOMException && error.name === 'TimeoutError'
  return isLate || error instanceof ProviderUnavailable || error instanceof ProviderAnswerInvalid
}

/** What providers granted the people of programs: under the handle of what the program was given. */
export class ProgramProviderTokens {
  readonly #parts: ProgramProviderTokensParts

  constructor (parts: ProgramProviderTokensParts) {
    this.#parts = parts
  }

  /** What of a grant is kept for a program; undefined where nobody would look at it again. */
  worthKeeping (program: ProgramSettings, isOffline: boolean, grant: Grant | undefined): Grant | undefined {
    if (program.isPassThrough) return grant
    return this.#parts.hasBroker && isOffline && grant?.refreshToken !== undefined ? grant : undefined
  }

  async keep (holder: TokenHolder, grant: Grant): Promise<void> {
    await this.#parts.tokens.keep(holder, grant)
  }

  /**
   * The provider's own token, fresh: one refresh for all processes that share the store.
   *
   * @throws OAuthRefusal `invalid_grant`; ProviderUnavailable, ProviderAnswerInvalid, StoreUnavailable
   */
  async get (handle: string, scopes: readonly string[]): Promise<UsableToken> {
    const answer = await this.#find(handle, scopes.filter(scope => !isAboutPerson(scope)))
    if (answer?.kind === 'token') return answer.token
    throw invalidGrant(`the provider gives no token: ${answer?.kind ?? 'unknown'}`)
  }

  /**
   * Whether the provider has taken back what a program's own tokens rest on, whose access token is refreshed there
   * where it is due. Whoever cannot tell, because the provider is away or slow or the grant was lost, ends nothing. A
   * refresh that is slow goes on, and the next one of the program sees what came of it.
   *
   * @throws StoreUnavailable
   */
  async isTakenBack ({ isPassThrough }: ProgramSettings, handle: string): Promise<boolean> {
    if (isPassThrough || !this.#parts.hasBroker) return false
    try {
      return (await bounded(() => this.#find(handle, []), PATIENCE))?.kind === 'revoked'
    } catch (error) {
      if (isOutage(error)) return false
      throw error
    }
  }

  async #find (handle: string, scopes: readonly string[]): Promise<TokenAnswer | undefined> {
    const { tokens, clients } = this.#parts
    const grant = (await tokens.find(handle))?.grant
    const client = grant === undefined ? undefined : clients.behind(grant)
    return await client?.programTokens.find(handle, { scopes, resource: undefined })
  }
}
