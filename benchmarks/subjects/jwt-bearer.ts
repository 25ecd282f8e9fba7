import jwt from '@fastify/jwt'
import { AUDIENCE, createIssuer, ISSUER } from './access-tokens.ts'
import { createApp } from './fastify-peer.ts'
import { CACHED, FASTEST, type JwtWay, toPerson, UNCACHED } from './jwt.ts'
import { listen } from './listen.ts'
import type { Algorithm, Subject } from './subject.ts'

/**
 * `@fastify/jwt` for bearer tokens, verified by a key that it is given: nothing is fetched. Algorithm, issuer and
 * audience are said, as its README recommends, and as they have to be for tokens that somebody else issues.
 */
function bearer (algorithm: Algorithm, { verify, guard }: JwtWay): Subject {
  return {
    async start (settings) {
      const { publicKey, signIn } = createIssuer(algorithm, settings)
      const app = createApp()
      await app.register(jwt, {
        secret: { public: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
        verify: { ...verify, algorithms: [algorithm], allowedIss: ISSUER, allowedAud: AUDIENCE }
      })
      const onRequest = guard(app, ({ headers }) => headers.authorization?.slice('Bearer '.length))
      app.get('/me', { onRequest }, async request => toPerson(request.user))
      return await listen(app, signIn)
    }
  }
}

export const RS256 = bearer('RS256', UNCACHED)
export const RS256Cached = bearer('RS256', CACHED)
export const RS256Fastest = bearer('RS256', FASTEST)
export const ES256 = bearer('ES256', UNCACHED)
export const ES256Cached = bearer('ES256', CACHED)
export const ES256Fastest = bearer('ES256', FASTEST)
export const EdDSA = bearer('EdDSA', UNCACHED)
export const EdDSACached = bearer('EdDSA', CACHED)
export const EdDSAFastest = bearer('EdDSA', FASTEST)
