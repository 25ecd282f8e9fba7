import type { FastifyInstance } from 'fastify'
import * as oauth from 'oauth4webapi'
import type { Subject } from '../subject.ts'
import { createApp } from './secure-session-app.ts'
import { addressOf, CALLBACK_PATH, LOGIN_PATH, type LoginSettings, loginSettingsOf, personIn, SCOPE, signIn } from './settings.ts'

async function addLogin (app: FastifyInstance, settings: LoginSettings): Promise<void> {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const issuer = new URL(settings.issuer)
  const found = await oauth.discoveryRequest(issuer, insecure)
  const server = await oauth.processDiscoveryResponse(issuer, found)
  const client: oauth.Client = { client_id: settings.clientId }
  const auth = oauth.ClientSecretBasic(settings.clientSecret)
  const callback = addressOf(settings) + CALLBACK_PATH
  const keys: oauth.JWKSCacheInput = {}

  app.get(LOGIN_PATH, async (request, reply) => {
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
    const verifier = oauth.generateRandomCodeVerifier()
    const url = new URL(String(server.authorization_endpoint))
    url.search = new URLSearchParams({
      client_id: settings.clientId,
      redirect_uri: callback,
      response_type: 'code',
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256'
    }).toString()
    request.begun.set('login', { state, nonce, verifier })
    return reply.redirect(url.href, 302)
  })

  app.get(CALLBACK_PATH, async (request, reply) => {
    const begun = request.begun.get('login')
    if (begun === undefined) return reply.code(400).send()
    const parameters = oauth.validateAuthResponse(server, client, new URL(request.url, callback), begun.state)
    const answer = await oauth.authorizationCodeGrantRequest(
      server, client, auth, parameters, callback, begun.verifier, insecure)
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
      expectedNonce: begun.nonce, requireIdToken: true
    })
    await oauth.validateApplicationLevelSignature(server, answer, { ...insecure, [oauth.jwksCache]: keys })
    request.begun.delete()
    request.session.set('claims', personIn({ ...oauth.getValidatedIdTokenClaims(tokens) }))
    return reply.redirect('/', 303)
  })
}

/** What an application writes that has oauth4webapi and @fastify/secure-session. */
export const plain: Subject = {
  async start (settings) {
    const login = loginSettingsOf(settings)
    const app = await createApp()
    await addLogin(app, login)
    await app.listen({ port: login.port, host: '127.0.0.1' })
    return { port: login.port, signIn, close: () => app.close() }
  }
}
