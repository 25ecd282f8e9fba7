import type { BrokerSettings } from '../options/broker-settings.ts'
import type { TokenIssuer } from '../session/issued-tokens.ts'
import { OAuthRefusal } from './oauth-refusal.ts'
import { narrowScopes } from './program-scopes.ts'
import { invalidSubject, type SubjectTokens } from './subject-tokens.ts'
import { audienceIn } from './token-audience.ts'
import type { GrantHandler } from './token-endpoint.ts'
import { fieldOf, scopesIn } from './token-form.ts'

export interface ExchangeParts {
  readonly subjects: Pick<SubjectTokens, 'judge'>
  readonly issued: Pick<TokenIssuer, 'issue'>
  /** What tokens can be for. */
  readonly audience: BrokerSettings['audience']
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
/** RFC 8693, section 3. */
const TYPES: readonly string[] = [ACCESS_TOKEN, 'urn:ietf:params:oauth:token-type:jwt']

/** Which type of token is given. @throws OAuthRefusal `invalid_request` */
function issuedTypeFor (form: URLSearchParams): string {
  if (!TYPES.includes(fieldOf(form, 'subject_token_type'))) {
    throw new OAuthRefusal('invalid_request', 'The subject token must be an access token.')
  }
  if (form.has('actor_token') || form.has('actor_token_type')) {
    throw new OAuthRefusal('invalid_request', 'Nobody acts for somebody else here: leave the actor token out.')
  }
  const requested = form.get('requested_token_type') ?? ACCESS_TOKEN
  if (TYPES.includes(requested)) return requested
  throw new OAuthRefusal('invalid_request', 'No tokens of the requested type are given here.')
}

/**
 * Exchanges access tokens for those of this application (RFC 8693). What comes of it allows no more, is for no more
 * services and lives no longer than what was brought, and ends with it.
 */
export function createExchange ({ subjects, issued, audience, now }: ExchangeParts): GrantHandler {
  return async function exchange ({ program, form, accept }) {
    if (!program.mayExchange) throw new OAuthRefusal('unauthorized_client', 'The program may not exchange tokens.')
    const issuedType = issuedTypeFor(form)
    const asked = scopesIn(form)
    audienceIn(form, ['audience', 'resource'], audience)
    const subject = await subjects.judge(fieldOf(form, 'subject_token'), program.clientId)
    const { token, claims, isMapped, family, audience: allowed } = subject
    const services = audienceIn(form, ['audience', 'resource'], allowed) ?? allowed
    const scopes = narrowScopes(program, token.scopes, asked)
    if (scopes === undefined) throw new OAuthRefusal('invalid_scope', 'The program, or the subject token, has not all of these scopes.')
    const { userId, identity, authenticatedAt } = token
    const person = { userId, identity, claims, authenticatedAt }
    const isAccepted = await accept({ ...person, marks: family.marks })
    if (!isAccepted) throw invalidSubject(new Error('the application refuses the person'))
    const seconds = Math.floor(now() / 1000)
    const expiresIn = Math.min(program.accessTokenTtl, Math.floor(token.expiresAt) - seconds)
    // Clocks may differ, so a token can be good that has ended.
    if (expiresIn <= 0) throw invalidSubject(new Error('it has ended'))
    const start = { ...person, isMapped, clientId: program.clientId, scopes, audience: services, expiresIn, family }
    const { text, expiresAt } = await issued.issue(start)
    return {
      access_token: text,
      issued_token_type: issuedType,
      token_type: 'Bearer',
      expires_in: expiresAt - seconds,
      scope: scopes.join(' ')
    }
  }
}
