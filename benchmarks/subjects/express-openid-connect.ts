import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import session from 'express-session'
import { SignJWT } from 'jose'
import openid from 'express-openid-connect'
import { createExpress, serveExpress } from './express-peer.ts'
import { type Person, personOf } from './people.ts'
import type { RunningSubject, Subject } from './subject.ts'

const ISSUER = 'https://id.example.com'
const CLIENT_ID = 'benchmarks'
const LASTS = 86_400

declare module 'express-serve-static-core' {
  interface Request { appSession: Record<string, unknown> }
}

/** The ID token that a provider would have sent: claims as ours, the smallest signature in common use. */
async function idTokenOf ({ id, claims }: Person, key: KeyObject): Promise<string> {
  return await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(ISSUER).setAudience(CLIENT_ID).setSubject(id)
    .setIssuedAt().setExpirationTime('1d')
    .sign(key)
}

/**
 * express-openid-connect with `requiresAuth()` in front of the route.
 *
 * The session is made by its own means: a route writes into `request.appSession` what the callback of a login would
 * have written, and that is the ID token alone (its default response type), not access tokens that it would seal
 * as well. Prolonging is off. No provider is asked by any request that is measured.
 */
async function start (options: openid.SessionConfigParams = {}): Promise<RunningSubject> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const app = createExpress()
  app.use(openid.auth({
    issuerBaseURL: ISSUER,
    baseURL: 'https://app.example.com',
    clientID: CLIENT_ID,
    secret: 'a secret that is known to all: 0123456789',
    authRequired: false,
    errorOnRequiredAuth: true,
    idTokenSigningAlg: 'ES256',
    session: { rolling: false, absoluteDuration: LASTS, ...options }
  }))
  app.post('/login/:index', async (request, response) => {
    const idToken = await idTokenOf(personOf(Number(request.params.index)), privateKey)
    request.appSession['id_token'] = idToken
    response.status(204).end()
  })
  app.get('/me', openid.requiresAuth(), (request, response) => {
    const { sub, name, email, roles, department, locale } = request.oidc.user ?? {}
    response.json({ id: sub, claims: { name, email, roles, department, locale } })
  })
  return await serveExpress(app)
}

/** The session sealed in the cookie, which is its default: opened and sealed anew by each request. */
export const inCookie: Subject = {
  start: () => start()
}

/** The session in memory, in the store of express-session: no cipher, but a write for each request. */
export const inMemory: Subject = {
  start: () => start({ store: new session.MemoryStore() as unknown as openid.SessionStore })
}
