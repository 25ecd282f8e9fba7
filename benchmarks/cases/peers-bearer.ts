import type { Group, ServerCase } from './case.ts'
import { asGoodAs, BARE } from './peers.ts'

/** `@fastify/jwt` for tokens of one kind. */
function jwt (name: string, title: string): ServerCase {
  return { name, title: `@fastify/jwt, ${title}`, server: { module: 'jwt-bearer', name } }
}

export const peersBearer: Group = {
  name: 'peers-bearer',
  title: 'Access tokens, seen before and not',
  remark: '"Verified each time" is what a token costs that was not seen before.',
  cases: [
    BARE,
    {
      name: 'ours',
      title: 'fastify-login, RS256, seen before',
      server: { module: 'fastify-login', name: 'bearerRs256' },
      goals: asGoodAs('rs256Cached', 'rs256Fastest')
    },
    jwt('rs256Fastest', 'RS256, with its cache, called directly'),
    jwt('rs256Cached', 'RS256, with its cache'),
    jwt('rs256', 'RS256, verified each time'),
    jwt('es256Fastest', 'ES256, with its cache, called directly'),
    jwt('es256', 'ES256, verified each time'),
    jwt('eddsaFastest', 'EdDSA, with its cache, called directly'),
    jwt('eddsa', 'EdDSA, verified each time')
  ]
}
