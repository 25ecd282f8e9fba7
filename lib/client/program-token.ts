import { inspect } from 'node:util'
import type * as oauth from 'oauth4webapi'
import { ClientError } from './client-error.ts'
import { isVisible } from './shown-text.ts'

/** What the parts of a token are. */
export interface TokenParts {
  readonly accessToken: string
  readonly expiresAt: number
  readonly refreshToken?: string | undefined
  readonly scopes: readonly string[]
}

/** Seconds for which a token is taken to live where the server does not say. */
const UNSTATED_LIFE = 300
/** Seconds that a token is believed to live, whatever the server says: ten years. */
const LONGEST_LIFE = 315_360_000

/** A token, ready to be sent. `JSON.stringify` writes all of it; `console.log` shows no secret of it. */
export class ProgramToken {
  readonly accessToken: string
  readonly tokenType = 'Bearer'
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** Only where the server gave one: most do for the scope `offline_access`. */
  readonly refreshToken: string | undefined
  /** What was granted. */
  readonly scopes: readonly string[]
  /** For `fetch (url, { headers })`. */
  readonly headers: { readonly authorization: string }

  constructor ({ accessToken, expiresAt, refreshToken, scopes }: TokenParts) {
    this.accessToken = accessToken
    this.expiresAt = expiresAt
    this.refreshToken = refreshToken
    this.scopes = Object.freeze([...scopes])
    this.headers = Object.freeze({ authorization: `Bearer ${accessToken}` })
    Object.freeze(this)
  }

  [inspect.custom] (): string {
    const { tokenType, expiresAt, scopes } = this
    return `ProgramToken ${inspect({ tokenType, expiresAt, scopes })}`
  }
}

function assertVisible (text: string | undefined, name: string): void {
  if (text !== undefined && !isVisible(text)) {
    throw new ClientError('ANSWER_INVALID', `The server gave ${name} that cannot be sent.`)
  }
}

/**
 * The token of an answer (RFC 6749, section 5.1).
 *
 * @param asked what was asked for, which is granted where the answer says nothing else
 * @param now milliseconds since 1970
 * @throws ClientError `ANSWER_INVALID`
 */
export function toProgramToken (
  answer: oauth.TokenEndpointResponse, asked: readonly string[], now: number
): ProgramToken {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: life = UNSTATED_LIFE } = answer
  if (answer.token_type !== 'bearer') throw new ClientError('ANSWER_INVALID', 'The server gave a token that is bound to a key, and none was sent.')
  assertVisible(accessToken, 'an access token')
  assertVisible(refreshToken, 'a refresh token')
  const scopes = answer.scope?.split(' ').filter(scope => scope !== '') ?? asked
  for (const scope of scopes) assertVisible(scope, 'a scope')
  const expiresAt = Math.floor(now / 1000 + Math.min(life, LONGEST_LIFE))
  return new ProgramToken({ accessToken, refreshToken, scopes, expiresAt })
}
