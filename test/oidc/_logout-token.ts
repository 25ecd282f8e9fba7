import { randomUUID } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'
import type { ScriptedProvider } from './_scripted-provider.ts'

export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** What is different about a logout token; undefined takes a claim away. */
export interface LogoutTokenChanges {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
}

/** The claims of a logout token that keeps the rules (OpenID Connect Back-Channel Logout, section 2.4). */
export function logoutClaims (provider: ScriptedProvider, claims: Readonly<Record<string, unknown>> = {}): JWTPayload {
  const now = Math.floor(provider.now() / 1000)
  const whole = {
    iss: provider.issuer,
    aud: provider.clientId,
    iat: now,
    exp: now + 120,
    jti: randomUUID(),
    events: { [LOGOUT_EVENT]: {} },
    sid: 'session-of-alice',
    ...claims
  }
  return JSON.parse(JSON.stringify(whole)) as JWTPayload
}

export async function logoutToken (
  provider: ScriptedProvider, { claims, header = {} }: LogoutTokenChanges = {}
): Promise<string> {
  const { alg, kid, privateKey } = provider.signer
  const signed = { typ: 'logout+jwt', alg, kid, ...header }
  return await new SignJWT(logoutClaims(provider, claims)).setProtectedHeader(signed).sign(privateKey)
}
