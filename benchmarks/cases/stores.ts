import type { Group } from './case.ts'
import { bareOnce, ours } from './servers.ts'

export const stores: Group = {
  name: 'stores',
  title: 'The guarded route with sessions in a store',
  remark: 'Redis is on the same machine. What Redis itself costs is not in the figures.',
  cases: [
    bareOnce({ sendsAs: 'memory' }),
    {
      name: 'memory',
      title: 'fastify-login, in memory',
      server: ours('inMemory'),
      goals: [{ kind: 'share', target: 0.85 }]
    },
    {
      name: 'redis',
      title: 'fastify-login, in Redis, read for each request',
      server: ours('inRedis'),
      needsRedis: true,
      goals: [{ kind: 'share', target: 0.43 }]
    }
  ]
}
