import type { Algorithm } from '../subjects/subject.ts'
import type { ServerCase } from './case.ts'

/** `@fastify/jwt` for the same tokens, without its cache and with it. */
export function jwtPeers (algorithm: Algorithm, unseen: number): readonly ServerCase[] {
  const server = (name: string): ServerCase['server'] => ({ module: 'jwt-bearer', name })
  return [
    { name: 'jwt-seen', title: '@fastify/jwt with its cache, tokens seen before', server: server(`${algorithm}Cached`) },
    {
      name: 'jwt-seen-fastest',
      title: '@fastify/jwt with its cache, called directly, tokens seen before',
      server: server(`${algorithm}Fastest`)
    },
    { name: 'jwt', title: '@fastify/jwt, each token for the first time', server: server(algorithm), unseen }
  ]
}
