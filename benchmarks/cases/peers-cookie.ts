import type { Group } from './case.ts'
import { asGoodAs, bareForPeers, twiceAs } from './peers.ts'
import { ours } from './servers.ts'

export const peersCookie: Group = {
  name: 'peers-cookie',
  title: 'The session in a cookie, beside others on Fastify',
  remark: 'All answer the same person, out of the session, on a guarded route. @fastify/cookie and @fastify/jwt sign ' +
    'what others seal: who has the cookie can read it.',
  cases: [
    bareForPeers,
    {
      name: 'ours',
      title: 'fastify-login',
      server: ours('cookieMode'),
      goals: [
        ...twiceAs('iron-session'),
        ...asGoodAs('secure-session', 'passport', 'signed-cookie', 'jwt', 'jwt-cached', 'jwt-fastest')
      ]
    },
    {
      name: 'secure-session',
      title: '@fastify/secure-session',
      server: { module: 'secure-session', name: 'secureSessionAlone' }
    },
    {
      name: 'passport',
      title: '@fastify/passport on @fastify/secure-session',
      server: { module: 'passport', name: 'passport' }
    },
    {
      name: 'signed-cookie',
      title: '@fastify/cookie, a signed cookie',
      server: { module: 'signed-cookie', name: 'signedCookie' }
    },
    { name: 'jwt', title: '@fastify/jwt in a cookie', server: { module: 'jwt-cookie', name: 'uncached' } },
    {
      name: 'jwt-cached',
      title: '@fastify/jwt in a cookie, with its cache',
      server: { module: 'jwt-cookie', name: 'cached' }
    },
    {
      name: 'jwt-fastest',
      title: '@fastify/jwt in a cookie, with its cache, called directly',
      server: { module: 'jwt-cookie', name: 'fastest' }
    },
    { name: 'iron-session', title: 'iron-session', server: { module: 'iron-session', name: 'ironSession' } }
  ]
}
