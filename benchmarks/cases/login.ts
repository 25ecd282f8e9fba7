import { measureLogins } from '../login/measure.ts'
import type { Case, Effort, ProbeGroup, ServerCase } from './case.ts'

/** A server whose logins are measured. */
export type LoginCase = Case & Pick<ServerCase, 'server'>

const cases: readonly LoginCase[] = [
  { name: 'plain', title: 'oauth4webapi over the global fetch', server: { module: 'logins/oauth4webapi', name: 'plain' } },
  {
    name: 'ours',
    title: 'fastify-login',
    server: { module: 'logins/fastify-login', name: 'byDefault' },
    goals: [{ kind: 'multiple', target: 0.75, limit: 1 }]
  },
  {
    name: 'ours-fetch',
    title: 'fastify-login, told to use the global fetch',
    server: { module: 'logins/fastify-login', name: 'overFetch' }
  },
  { name: 'openid-client', title: 'openid-client', server: { module: 'logins/openid-client', name: 'openidClient' } },
  {
    name: 'openid-connect',
    title: 'express-openid-connect',
    server: { module: 'logins/express-openid-connect', name: 'openidConnect' }
  }
]

export const login: ProbeGroup = {
  name: 'login',
  title: 'One whole login with a provider',
  remark: 'From the address that begins it to the answer that signs the person in: PKCE, state, nonce, the token ' +
    'request, the signature of the ID token, and a sealed session cookie. The provider is oidc-provider in a process ' +
    'of its own, on loopback without TLS; eight people sign in at a time, each with a new browser. What fastify-login ' +
    'does beside: it spends the state, finds logins in a circle, and keeps the tokens sealed.',
  unit: 'ms of CPU per login',
  relation: 'multiple',
  cases,
  measure: (effort: Effort) => measureLogins(cases, effort)
}
