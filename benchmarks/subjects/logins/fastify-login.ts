import Fastify from 'fastify'
import authPlugin, { type OidcOptions } from 'fastify-login'
import type { Subject } from '../subject.ts'
import { addressOf, loginSettingsOf, SECRET, signIn } from './settings.ts'

function createSubject (options: Partial<OidcOptions>): Subject {
  return {
    async start (settings) {
      const login = loginSettingsOf(settings)
      const { port, issuer, clientId, clientSecret } = login
      const app = Fastify()
      await app.register(authPlugin, {
        secret: SECRET, publicUrl: addressOf(login), oidc: { issuer, clientId, clientSecret, ...options }
      })
      app.get('/me', { onRequest: [app.loginRequired] }, async ({ currentUser }) => currentUser.isAuthenticated && currentUser.claims)
      await app.listen({ port, host: '127.0.0.1' })
      return { port, signIn, close: () => app.close() }
    }
  }
}

export const byDefault = createSubject({})
/** The same, told to send its requests with the global `fetch`. */
export const overFetch = createSubject({ fetch: (input, init) => fetch(input, init) })
