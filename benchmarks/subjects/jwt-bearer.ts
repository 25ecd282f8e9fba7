import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import jwt from '@fastify/jwt'
import { createApp } from './fastify-peer.ts'
import { CACHED, FASTEST, type JwtWay, SIGNING, toPerson, toToken, UNCACHED } from './jwt.ts'
import { listen } from './listen.ts'
import { personOf } from './people.ts'
import type { Subject } from './subject.ts'

type Algorithm = 'RS256' | 'ES256' | 'EdDSA'

interface KeyPair { readonly publicKey: KeyObject, readonly privateKey: KeyObject }

function generateKeys (algorithm: Algorithm): KeyPair {
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return generateKeyPairSync('ed25519')
}

function toPem ({ publicKey, privateKey }: KeyPair): { public: string, private: string } {
  return {
    public: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    private: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  }
}

/**
 * `@fastify/jwt` for bearer tokens, verified by a key that lies here: nothing is fetched. The algorithm is said, as
 * its README recommends, so that a token cannot choose it.
 */
function bearer (algorithm: Algorithm, { verify, guard }: JwtWay): Subject {
  return {
    async start () {
      const app = createApp()
      await app.register(jwt, {
        secret: toPem(generateKeys(algorithm)),
        sign: { ...SIGNING, algorithm },
        verify: { ...verify, algorithms: [algorithm] }
      })
      const onRequest = guard(app, ({ headers }) => headers.authorization?.slice('Bearer '.length))
      app.get('/me', { onRequest }, async request => toPerson(request.user))
      return await listen(app, async people => Array.from({ length: people }, (_, index) =>
        ({ authorization: `Bearer ${app.jwt.sign(toToken(personOf(index)))}` })))
    }
  }
}

export const rs256 = bearer('RS256', UNCACHED)
export const rs256Cached = bearer('RS256', CACHED)
export const rs256Fastest = bearer('RS256', FASTEST)
export const es256 = bearer('ES256', UNCACHED)
export const es256Cached = bearer('ES256', CACHED)
export const es256Fastest = bearer('ES256', FASTEST)
export const eddsa = bearer('EdDSA', UNCACHED)
export const eddsaCached = bearer('EdDSA', CACHED)
export const eddsaFastest = bearer('EdDSA', FASTEST)
