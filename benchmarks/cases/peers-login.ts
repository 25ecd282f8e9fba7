import type { Group } from './case.ts'
import { bareForPeers, twiceAs } from './peers.ts'
import { ours } from './servers.ts'

export const peersLogin: Group = {
  name: 'peers-login',
  title: 'The session in a cookie, beside others that sign people in',
  remark: 'express-openid-connect and Auth.js run on Express, which bare Express shows the share of; better-auth runs ' +
    'on Fastify.',
  cases: [
    bareForPeers,
    {
      name: 'ours',
      title: 'fastify-login',
      server: ours('cookieMode'),
      goals: twiceAs(
        'openid-connect', 'openid-connect-memory', 'authjs', 'authjs-token',
        'better-auth', 'better-auth-jwt', 'better-auth-jwe', 'better-auth-direct'
      )
    },
    {
      name: 'bare-express',
      title: 'bare Express',
      server: { module: 'bare-express', name: 'bareExpress' },
      sendsAs: 'ours'
    },
    {
      name: 'openid-connect',
      title: 'express-openid-connect',
      server: { module: 'express-openid-connect', name: 'inCookie' }
    },
    {
      name: 'openid-connect-memory',
      title: 'express-openid-connect, its store in memory',
      server: { module: 'express-openid-connect', name: 'inMemory' }
    },
    { name: 'authjs', title: 'Auth.js, `getSession`', server: { module: 'authjs', name: 'bySession' } },
    { name: 'authjs-token', title: 'Auth.js, `getToken`', server: { module: 'authjs', name: 'byToken' } },
    {
      name: 'better-auth',
      title: 'better-auth, cookie cache `compact`',
      server: { module: 'better-auth', name: 'compact' }
    },
    {
      name: 'better-auth-jwt',
      title: 'better-auth, cookie cache `jwt`',
      server: { module: 'better-auth', name: 'jwt' }
    },
    {
      name: 'better-auth-jwe',
      title: 'better-auth, cookie cache `jwe`',
      server: { module: 'better-auth', name: 'jwe' }
    },
    {
      name: 'better-auth-direct',
      title: 'better-auth, cookie cache `compact`, read by `getCookieCache`',
      server: { module: 'better-auth', name: 'compactDirect' }
    }
  ]
}
