import Fastify, { type FastifyInstance } from 'fastify'
import authPlugin, { type OidcOptions } from 'fastify-login'
import { devProvider } from 'fastify-login/dev-provider'
import { randomBytes } from 'node:crypto'

/** One of two applications that trust each other. */
interface Instance {
  readonly name: string
  readonly address: string
  readonly other: { readonly name: string, readonly address: string }
}

export interface InstancesOptions {
  /** Port that each of the two will listen on. */
  readonly ports: readonly [archive: number, reports: number]
}

async function build (
  app: FastifyInstance, { name, address, other }: Instance, oidc: OidcOptions
): Promise<FastifyInstance> {
  await app.register(authPlugin, {
    secret: randomBytes(32),
    publicUrl: address,
    oidc,
    broker: {
      audience: [address, other.address],
      trustedIssuers: { [other.name]: { issuer: other.address, roles: { editor: 'guest-editor' } } }
    },
    programs: { cli: { label: `The command line, for ${name}`, redirectUris: ['http://127.0.0.1/callback'] } }
  })

  app.get('/me', { onRequest: [app.loginRequired] }, async ({ currentUser, token }) => ({
    here: name,
    you: currentUser,
    roles: currentUser.isAuthenticated ? currentUser.claims.roles ?? [] : [],
    audience: token?.audience
  }))

  return app
}

/** Builds the archive and the reports. Each takes tokens of the other, and one provider signs people in to both. */
export async function buildInstances (
  { ports: [archivePort, reportsPort] }: InstancesOptions
): Promise<readonly [archive: FastifyInstance, reports: FastifyInstance]> {
  const archive = { name: 'archive', address: `http://localhost:${archivePort}` }
  const reports = { name: 'reports', address: `http://localhost:${reportsPort}` }
  const app = Fastify({ forceCloseConnections: true })
  const oidc = await devProvider(app)
  return [
    await build(app, { ...archive, other: reports }, oidc),
    await build(Fastify({ forceCloseConnections: true }), { ...reports, other: archive }, oidc)
  ]
}
