import type { FastifyInstance } from 'fastify'
import type { OidcOptions } from 'fastify-login'
import { devProvider } from 'fastify-login/dev-provider'
import { randomBytes } from 'node:crypto'
import { buildMailApi, MAIL_SCOPE } from './mail-api.ts'

/** Seconds that an access token lives: few, so that a refresh can be watched. */
export const TOKEN_LIFE = 10

/** What an application meets elsewhere: an OpenID Provider, and an API that takes the provider's tokens. */
export interface Neighbours {
  readonly oidc: OidcOptions
  readonly mailAddress: string
  /** How often the provider has exchanged a refresh token. */
  countRefreshes (): number
}

/** Starts the neighbours on loopback ports of their own. They live as long as the application. */
export async function startNeighbours (app: FastifyInstance): Promise<Neighbours> {
  const clientId = 'mail-api'
  const clientSecret = randomBytes(32).toString('base64url')
  let refreshes = 0
  const provider = await devProvider(app, {
    accessTokenTtl: TOKEN_LIFE,
    scopes: [MAIL_SCOPE],
    consent: true,
    // The API asks about tokens and never gets one.
    clients: [{
      client_id: clientId, client_secret: clientSecret, grant_types: [], response_types: [], redirect_uris: []
    }],
    onTokens: ({ grantType }) => { if (grantType === 'refresh_token') refreshes += 1 }
  })
  const mailApi = buildMailApi({ issuer: provider.issuer, clientId, clientSecret })
  app.addHook('onClose', async function closeMailApi () { await mailApi.close() })
  return {
    oidc: { ...provider, scopes: ['profile', 'email', 'offline_access'] },
    mailAddress: await mailApi.listen({ port: 0, host: '127.0.0.1' }),
    countRefreshes: () => refreshes
  }
}
