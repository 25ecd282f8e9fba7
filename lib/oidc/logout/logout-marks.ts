import { digestOf } from '../../digest.ts'
import type { LogoutMarks } from '../../logout-marks.ts'
import type { OidcSettings } from '../../options/oidc-settings.ts'
import type { IdToken } from '../provider/id-token.ts'

const MARK_LENGTH = 22

/** The provider and our client there: another client is another application, which is logged out by itself. */
export type MarkContext = Pick<OidcSettings, 'issuer' | 'clientId'>

function markOf ({ issuer, clientId }: MarkContext, kind: 'sid' | 'sub', value: string): string {
  const named = JSON.stringify([issuer, clientId, kind, value])
  return digestOf(named).slice(0, MARK_LENGTH)
}

/** What a provider's session is called in the list of ended ones. */
export function loginMark (context: MarkContext, sid: string): string {
  return markOf(context, 'sid', sid)
}

/** What a person at a provider is called there. */
export function subjectMark (context: MarkContext, subject: string): string {
  return markOf(context, 'sub', subject)
}

/** Where a session comes from whose ID token says this (OpenID Connect Back-Channel Logout, section 2.1). */
export function logoutMarks (
  { clientId }: Pick<MarkContext, 'clientId'>, { iss, sub, sid, iat = 0 }: IdToken
): LogoutMarks {
  const context = { issuer: iss, clientId }
  const login = typeof sid === 'string' && sid !== '' ? loginMark(context, sid) : undefined
  return { login, subject: subjectMark(context, sub), issuedAt: iat }
}
