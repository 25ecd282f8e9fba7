import type { Group, ServerCase } from './case.ts'
import { bareForPeers, twiceAs } from './peers.ts'

/** A peer with a Redis of its own. */
function onRedis (name: string, title: string, module: string, subject: string): ServerCase {
  return { name, title, server: { module, name: subject }, needsRedis: true }
}

export const peersRedis: Group = {
  name: 'peers-redis',
  title: 'Sessions in Redis',
  remark: 'Redis runs on loopback, and its own work is not counted. Each request reads the session from it.',
  cases: [
    bareForPeers,
    {
      ...onRedis('ours', 'fastify-login, read each time', 'fastify-login', 'inRedis'),
      goals: twiceAs(
        'fastify-session', 'fastify-session-rolling', 'express-session', 'express-session-touch', 'better-auth'
      )
    },
    onRedis('fastify-session', '@fastify/session with connect-redis', 'fastify-session', 'inRedis'),
    onRedis(
      'fastify-session-rolling', '@fastify/session with connect-redis, rolling', 'fastify-session', 'rollingInRedis'
    ),
    onRedis('express-session', 'express-session with connect-redis, touch off', 'express-session', 'untouchedInRedis'),
    onRedis('express-session-touch', 'express-session with connect-redis', 'express-session', 'inRedis'),
    onRedis('better-auth', 'better-auth with secondary storage, no cookie cache', 'better-auth', 'inRedis')
  ]
}
