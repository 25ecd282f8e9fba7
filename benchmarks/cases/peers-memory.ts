import type { Group } from './case.ts'
import { bareForPeers, twiceAs } from './peers.ts'
import { ours } from './servers.ts'

export const peersMemory: Group = {
  name: 'peers-memory',
  title: 'Sessions in memory',
  cases: [
    bareForPeers,
    {
      name: 'ours',
      title: 'fastify-login',
      server: ours('inMemory'),
      goals: twiceAs('fastify-session', 'express-session', 'better-auth')
    },
    { name: 'fastify-session', title: '@fastify/session', server: { module: 'fastify-session', name: 'inMemory' } },
    {
      name: 'express-session',
      title: 'express-session, on Express',
      server: { module: 'express-session', name: 'inMemory' }
    },
    {
      name: 'better-auth',
      title: 'better-auth, memory adapter, no cookie cache',
      server: { module: 'better-auth', name: 'inMemory' }
    }
  ]
}
