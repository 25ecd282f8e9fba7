import type { FastifyInstance } from 'fastify'
import * as client from 'openid-client'
import type { Subject } from '../subject.ts'
import { createApp } from './secure-session-app.ts'
import { addressOf, CALLBACK_PATH, LOGIN_PATH, type LoginSettings, loginSettingsOf, personIn, SCOPE, signIn } from './settings.ts'

async function addLogin (app: FastifyInstance, settings: LoginSettings): Promise<void> {
  const { issuer, clientId, clientSecret } = settings
  const configuration = await client.discovery(new URL(issuer), clientId, clientSecret, undefined, {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks]
  })
  const callback = addressOf(settings) + CALLBACK_PATH

  app.get(LOGIN_PATH, async (request, reply) => {
    const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()]
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: callback,
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256'
    })
    request.begun.set('login', { state, nonce, verifier })
    return reply.redirect(url.href, 302)
  })

  app.get(CALLBACK_PATH, async (request, reply) => {
    const begun = request.begun.get('login')
    if (begun === undefined) return reply.code(400).send()
    const tokens = await client.authorizationCodeGrant(configuration, new URL(request.url, callback), {
      expectedState: begun.state, expectedNonce: begun.nonce, pkceCodeVerifier: begun.verifier, idTokenExpected: true
    })
    request.begun.delete()
    request.session.set('claims', personIn({ ...tokens.claims() }))
    return reply.redirect('/', 303)
  })
}

/** What an application writes that has openid-client and @fastify/secure-session. */
export const openidClient: Subject = {
  async start (settings) {
    const login = loginSettingsOf(settings)
    const app = await createApp()
    await addLogin(app, login)
    await app.listen({ port: login.port, host: '127.0.0.1' })
    return { port: login.port, signIn, close: () => app.close() }
  }
}
