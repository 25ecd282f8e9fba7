import type { Awaitable } from '../awaitable.ts'
import { BearerToken, type TokenVerdict } from '../bearer-token.ts'
import type { LogoutMarks } from '../logout-marks.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { OidcClients } from '../oidc/client/oidc-clients.ts'
import { personClaims, sessionClaims } from '../oidc/login/claims.ts'
import type { IdToken } from '../oidc/provider/id-token.ts'
import type { BrokerSettings } from '../options/broker-settings.ts'
import type { RouteSettings } from '../options/route-settings.ts'
import type { TokenFamily } from '../session/issued-token.ts'
import type { TokenEnd, TokenIssuer } from '../session/issued-tokens.ts'
import type { Claims } from '../user.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import type { ProgramGrants } from './program-grants.ts'

/** Judges tokens of others. */
export interface SubjectJudge {
  verify (text: string): Awaitable<TokenVerdict>
}

/** A token that may be exchanged. */
export interface Subject {
  readonly token: BearerToken
  /** About the person: of a provider what a sign-in with it would keep. */
  readonly claims: Claims
  /** Whether `broker.mapClaims` has made these claims: of a token of ours. */
  readonly isMapped: boolean
  /** What ends the token, ends what it is exchanged for. */
  readonly family: TokenFamily
  /** The services that it may be exchanged for. */
  readonly audience: readonly string[]
}

export interface SubjectTokensParts {
  /** Those of this application. */
  readonly own: Pick<TokenIssuer, 'verify' | 'find'>
  /** Those of other instances and of the providers; undefined where none of them is taken. */
  readonly foreign: SubjectJudge | undefined
  readonly clients: OidcClients
  readonly grants: Pick<ProgramGrants, 'nameFor'>
  readonly audience: BrokerSettings['audience']
  readonly routes: Pick<RouteSettings, 'backchannelLogout' | 'frontchannelLogout'>
}

/** RFC 8693, section 2.2.2. Which of these it is, nobody is told. */
export function invalidSubject (cause: unknown): OAuthRefusal {
  return new OAuthRefusal('invalid_request', 'The subject token has ended, or is none that this program can exchange here.', { cause })
}

/** A token that is bound to a key is nothing without a proof, and there is none for a token in a form. */
function assertTaken (verdict: TokenVerdict | undefined): BearerToken {
  if (!(verdict instanceof BearerToken)) throw invalidSubject(verdict?.cause ?? new Error(verdict?.refusal ?? 'unknown'))
  if (verdict.confirmation !== undefined) throw invalidSubject(new Error('it is bound to a key'))
  return verdict
}

/** The tokens that programs bring to have them exchanged (RFC 8693, section 2.1): whose they are, what ends them. */
export class SubjectTokens {
  readonly #parts: SubjectTokensParts

  constructor (parts: SubjectTokensParts) {
    this.#parts = parts
  }

  /**
   * @param clientId of the program that brings it
   * @throws OAuthRefusal `invalid_request`; ProviderUnavailable, StoreUnavailable
   */
  async judge (text: string, clientId: string): Promise<Subject> {
    const end = await this.#parts.own.find(text)
    return end === undefined ? await this.#judgeForeign(text) : await this.#judgeOwn(text, clientId, end)
  }

  async #judgeOwn (
    text: string, clientId: string, { handle, generation, marks, isBorrowed }: TokenEnd
  ): Promise<Subject> {
    const token = assertTaken(await this.#parts.own.verify(text))
    const family = { handle, generation, marks, isBorrowed: isBorrowed === true || token.clientId !== clientId }
    return { token, claims: personClaims(token.claims), isMapped: true, family, audience: this.#narrowed(token) }
  }

  async #judgeForeign (text: string): Promise<Subject> {
    const { foreign, clients, grants, audience } = this.#parts
    const token = assertTaken(await foreign?.verify(text))
    const client = clients.find(token.identity?.provider)
    const name = await grants.nameFor(token.userId)
    if (client === undefined) {
      const claims = personClaims(token.claims)
      return { token, claims, isMapped: false, family: name, audience: this.#narrowed(token) }
    }
    const claims = sessionClaims(client.provider.settings, token.claims as IdToken)
    return { token, claims, isMapped: false, family: { ...name, marks: await this.#marksOf(token, client) }, audience }
  }

  /** A token that was given for some of our services is made good for no others; one for none of them is for us. */
  #narrowed ({ audience: named }: BearerToken): readonly string[] {
    const { audience } = this.#parts
    const shared = audience.filter(service => named.includes(service))
    return shared.length === 0 ? [audience[0]] : shared
  }

  /** By which the provider ends what comes of its token. A page of it is heard only where they are noted. */
  async #marksOf ({ claims, expiresAt }: BearerToken, { logouts }: OidcClient): Promise<LogoutMarks | undefined> {
    const { backchannelLogout, frontchannelLogout } = this.#parts.routes
    if (backchannelLogout === undefined && frontchannelLogout === undefined) return undefined
    const marks = logouts.marksOf(claims as IdToken)
    if (marks.login !== undefined && frontchannelLogout !== undefined) await logouts.note(marks.login, expiresAt)
    return marks
  }
}
