import { BearerToken, type BearerTokenDetails, type RefusedToken, type TokenVerdict } from '../../lib/bearer-token.ts'
import type { LogoutMarks } from '../../lib/logout-marks.ts'
import type { OidcClient } from '../../lib/oidc/client/oidc-client.ts'
import { OidcClients } from '../../lib/oidc/client/oidc-clients.ts'
import { SubjectTokens, type SubjectTokensParts } from '../../lib/programs/subject-tokens.ts'
import type { TokenFamily } from '../../lib/session/issued-token.ts'
import { NOON } from '../session/_session.ts'

/** This application, and a service beside it. */
export const APP = 'https://app.example'
export const MAIL = 'https://mail.example'
export const AUDIENCE: SubjectTokensParts['audience'] = [APP, MAIL]
export const FAMILY: TokenFamily = {
  handle: 'handle', generation: 'generation', marks: { login: 'login', subject: 'subject', issuedAt: 7 }
}

/** A token that was judged, of a person who signed in with the provider `oidc`. */
export function aSubject (details: Partial<BearerTokenDetails> = {}): BearerToken {
  return new BearerToken('a-token', {
    userId: 'alice',
    identity: { issuer: 'https://id.example', subject: 'alice', provider: 'oidc' },
    subject: 'alice',
    clientId: 'spa',
    audience: [APP, MAIL],
    scopes: ['openid', 'reports.read', 'admin'],
    claims: { iss: 'https://id.example', sub: 'alice', sid: 'login', iat: NOON - 60, exp: NOON + 300, roles: ['reader'] },
    id: 'one',
    issuedAt: NOON - 60,
    expiresAt: NOON + 300,
    authenticatedAt: NOON - 100,
    confirmation: undefined,
    ...details
  })
}

export interface SubjectBench {
  readonly subjects: SubjectTokens
  /** Logins that were noted, and until when. */
  readonly noted: Array<readonly [login: string, until: number]>
}

export interface SubjectBenchOptions {
  /** Judged as one of ours. */
  readonly own?: TokenVerdict | undefined
  /** Judged as one of others; nobody judges those where it is undefined. */
  readonly foreign?: TokenVerdict | undefined
  readonly routes?: SubjectTokensParts['routes']
}

/** Judges every text alike, as a test says. */
export function subjectBench (
  { own, foreign, routes = { backchannelLogout: '/b', frontchannelLogout: '/f' } }: SubjectBenchOptions
): SubjectBench {
  const noted: SubjectBench['noted'] = []
  const client = {
    provider: { settings: { name: 'oidc' } },
    logouts: {
      marksOf: ({ sid, sub, iat }: Record<string, unknown>): LogoutMarks => ({
        login: sid === undefined ? undefined : `mark of ${String(sid)}`, subject: `mark of ${String(sub)}`, issuedAt: Number(iat)
      }),
      note: async (login: string, until: number) => { noted.push([login, until]) }
    }
  } as unknown as OidcClient
  const subjects = new SubjectTokens({
    own: { verify: () => own, find: () => own === undefined ? undefined : { ...FAMILY, endsBy: NOON + 1000 } },
    foreign: foreign === undefined ? undefined : { verify: () => foreign },
    clients: new OidcClients([client]),
    grants: { nameFor: async userId => ({ handle: `new handle of ${userId}`, generation: 'now' }) },
    audience: AUDIENCE,
    routes
  })
  return { subjects, noted }
}

export const refused = (refusal: RefusedToken['refusal']): RefusedToken => ({ refusal })
