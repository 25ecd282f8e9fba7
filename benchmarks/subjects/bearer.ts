import Fastify from 'fastify'
import authPlugin, { type CurrentUser } from 'fastify-login'
import { AUDIENCE, createIssuer, ISSUER, personIn } from './access-tokens.ts'
import { listen } from './listen.ts'
import { PUBLIC_BODY } from './people.ts'
import type { Algorithm, Subject } from './subject.ts'

function describe ({ currentUser }: { currentUser: CurrentUser }): unknown {
  if (!currentUser.isAuthenticated) throw new Error('a stranger has passed the guard')
  return personIn({ sub: currentUser.id, ...currentUser.claims })
}

/** fastify-login with access tokens of an issuer that is known beforehand. */
function bearer (algorithm: Algorithm): Subject {
  return {
    async start (settings) {
      const { publicKey, signIn } = createIssuer(algorithm, settings)
      const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: algorithm, alg: algorithm, use: 'sig' }] }
      const app = Fastify()
      await app.register(authPlugin, {
        secret: 'the benchmarks keep no secret: 0123456789',
        publicUrl: AUDIENCE,
        bearer: {
          issuer: ISSUER,
          audience: AUDIENCE,
          algorithms: [algorithm],
          metadata: { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` },
          fetch: async () => Response.json(keys)
        }
      })
      app.get('/public', async () => PUBLIC_BODY)
      app.get('/me', { onRequest: [app.loginRequired] }, async request => describe(request))
      return await listen(app, signIn)
    }
  }
}

export const RS256 = bearer('RS256')
export const ES256 = bearer('ES256')
export const EdDSA = bearer('EdDSA')
