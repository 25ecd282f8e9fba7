import type { FastifyInstance } from 'fastify'
import type { AccessTokenJudge } from '../../lib/guard/access-proof.ts'
import { type Realm, realmOf } from '../../lib/guard/realm.ts'
import { whenThere } from '../../lib/awaitable.ts'
import { createLogin, type InstanceLogin } from '../../lib/login.ts'

/** The realm of an application that issues tokens, which takes nothing but them. */
export function issuingRealm (app: FastifyInstance, name?: string): Realm {
  const realm = realmOf(app, name)
  if (realm?.issued === undefined) throw new Error('this application issues no tokens')
  const { issued } = realm
  const bearer: AccessTokenJudge = {
    verify: text => whenThere(issued.verify(text), verdict => verdict ?? { refusal: 'invalid' }), prove: () => undefined
  }
  return { ...realm, bearer }
}

/** `login` of such an application. */
export function loginOf (app: FastifyInstance, name?: string): InstanceLogin {
  return createLogin(issuingRealm(app, name))
}
