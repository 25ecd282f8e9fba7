import { once } from 'node:events'
import express from 'express'
import openid from 'express-openid-connect'
import type { Subject } from '../subject.ts'
import { addressOf, CALLBACK_PATH, LOGIN_PATH, loginSettingsOf, SCOPE, SECRET, signIn } from './settings.ts'

/** express-openid-connect as its readme has it, with the code flow. */
export const openidConnect: Subject = {
  async start (settings) {
    const login = loginSettingsOf(settings)
    const { port, issuer: issuerBaseURL, clientId: clientID, clientSecret } = login
    const app = express()
    app.use(openid.auth({
      issuerBaseURL,
      baseURL: addressOf(login),
      clientID,
      clientSecret,
      secret: SECRET,
      authRequired: false,
      authorizationParams: { response_type: 'code', scope: SCOPE },
      routes: { login: LOGIN_PATH, callback: CALLBACK_PATH }
    }))
    app.get('/me', openid.requiresAuth(), ({ oidc }, response) => { response.json(oidc.user) })
    const server = app.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return { port, signIn, close: async () => { server.close().closeAllConnections() } }
  }
}
