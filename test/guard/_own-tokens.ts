import type { FastifyInstance } from 'fastify'
import type { AccessTokenJudge } from '../../lib/guard/access-proof.ts'
import { BearerTokens } from '../../lib/guard/bearer-tokens.ts'
import { type Realm, realmOf } from '../../lib/guard/realm.ts'
import { createLogin, type InstanceLogin } from '../../lib/login.ts'
import type { TokenIssuer } from '../../lib/session/issued-tokens.ts'

/** Takes the tokens of this application and no others; none of them is bound to a key. */
export function ownJudge (issued: TokenIssuer): AccessTokenJudge {
  return new BearerTokens(issued, undefined, { check: (_, { scheme }) => scheme === 'dpop' ? { fault: 'missing' } : undefined })
}

/** The realm of an application that issues tokens, which takes nothing but them. */
export function issuingRealm (app: FastifyInstance, name?: string): Realm {
  const realm = realmOf(app, name)
  if (realm?.issued === undefined) throw new Error('this application issues no tokens')
  return { ...realm, bearer: ownJudge(realm.issued) }
}

/** `login` of such an application. */
export function loginOf (app: FastifyInstance, name?: string): InstanceLogin {
  return createLogin(issuingRealm(app, name))
}
