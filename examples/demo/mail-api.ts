import Fastify, { type FastifyInstance } from 'fastify'

/** The scope that a token needs here. */
export const MAIL_SCOPE = 'mail.read'

/** Who the API is at the provider, and where that provider is. */
export interface MailApiOptions {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
}

/** What the API answers to who may read. */
export interface Mailbox {
  readonly owner: string
  readonly messages: ReadonlyArray<{ readonly from: string, readonly subject: string }>
}

/** What the provider says of a token (RFC 7662, section 2.2). */
interface TokenState {
  readonly active: boolean
  readonly sub?: string
  readonly scope?: string
}

interface Metadata { readonly introspection_endpoint: string }

const bearer = /^Bearer ([\w.~+/-]+=*)$/i

const messages = [
  { from: 'Grace Hopper', subject: 'A moth in relay 70' },
  { from: 'Radia Perlman', subject: 'A poem about trees' },
  { from: 'Edsger Dijkstra', subject: 'Your use of go to' }
]

/** Asks the provider about a token: a token says nothing by itself that an API could trust. */
async function introspect ({ issuer, clientId, clientSecret }: MailApiOptions, token: string): Promise<TokenState> {
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json() as Metadata
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  const answer = await fetch(metadata.introspection_endpoint, {
    method: 'POST', headers: { authorization: `Basic ${credentials}` }, body: new URLSearchParams({ token })
  })
  if (!answer.ok) throw new Error(`The provider answered the introspection with ${answer.status}.`)
  return await answer.json() as TokenState
}

/** Builds an API of somebody else's, as it were: it knows no sessions and no cookies, only access tokens. */
export function buildMailApi (options: MailApiOptions): FastifyInstance {
  const api = Fastify({ forceCloseConnections: true })

  api.get('/messages', async (request, reply): Promise<Mailbox> => {
    const [, token] = bearer.exec(request.headers.authorization ?? '') ?? []
    if (token === undefined) return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'no token' })
    const { active, sub = '', scope = '' } = await introspect(options, token)
    if (!active) {
      return reply.code(401).header('www-authenticate', 'Bearer error="invalid_token"').send({ error: 'invalid_token' })
    }
    if (!scope.split(' ').includes(MAIL_SCOPE)) {
      return reply.code(403).header('www-authenticate', `Bearer error="insufficient_scope", scope="${MAIL_SCOPE}"`)
        .send({ error: 'insufficient_scope' })
    }
    return { owner: sub, messages }
  })

  return api
}
