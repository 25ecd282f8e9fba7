import { type KeyObject, verify } from 'node:crypto'
import Fastify, { type FastifyRequest } from 'fastify'
import { jwtVerify } from 'jose'
import { AUDIENCE, createIssuer, ISSUER, personIn } from './access-tokens.ts'
import { listen } from './listen.ts'
import type { Algorithm, Subject } from './subject.ts'

type Payload = Readonly<Record<string, unknown>>
type Verify = (token: string, publicKey: KeyObject, algorithm: Algorithm) => Payload | Promise<Payload>

declare module 'fastify' {
  interface FastifyRequest { payload: Payload | null }
}

/** The least that a guard can do with a token: nothing is remembered, and whatever fails is a 500. */
function guardedBy (algorithm: Algorithm, verifyToken: Verify): Subject {
  return {
    async start (settings) {
      const { publicKey, signIn } = createIssuer(algorithm, settings)
      const app = Fastify()
      app.decorateRequest('payload', null)
      async function guard (request: FastifyRequest): Promise<void> {
        const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
        request.payload = await verifyToken(token, publicKey, algorithm)
      }
      app.get('/me', { onRequest: guard }, async ({ payload }) => personIn(payload ?? {}))
      return await listen(app, signIn)
    }
  }
}

async function byJose (token: string, publicKey: KeyObject, algorithm: Algorithm): Promise<Payload> {
  const rules = { algorithms: [algorithm], issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt' }
  const { payload } = await jwtVerify(token, publicKey, rules)
  return payload
}

const digests = { RS256: 'sha256', ES256: 'sha256', EdDSA: null } as const

function byCrypto (token: string, publicKey: KeyObject, algorithm: Algorithm): Payload {
  const end = token.lastIndexOf('.')
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  const signature = Buffer.from(token.slice(end + 1), 'base64url')
  if (!verify(digests[algorithm], Buffer.from(token.slice(0, end)), key, signature)) throw new Error('it is not signed')
  const payload: Payload = JSON.parse(Buffer.from(token.slice(token.indexOf('.') + 1, end), 'base64url').toString())
  const { iss, aud, exp } = payload
  if (iss !== ISSUER || aud !== AUDIENCE || Number(exp) * 1000 < Date.now()) throw new Error('it is not for us')
  return payload
}

export const joseRS256 = guardedBy('RS256', byJose)
export const joseES256 = guardedBy('ES256', byJose)
export const joseEdDSA = guardedBy('EdDSA', byJose)
export const cryptoRS256 = guardedBy('RS256', byCrypto)
export const cryptoES256 = guardedBy('ES256', byCrypto)
export const cryptoEdDSA = guardedBy('EdDSA', byCrypto)
