import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { JWK } from 'jose'
import { digestOf } from '../digest.ts'
import { ownRoute, type RouteConfig } from '../guard/route-config.ts'
import { refuseRequest } from './token.ts'

/** What the address of our keys needs of the application. */
export interface JwksScope {
  readonly paths: readonly string[]
  readonly keys: PublishedKeys
}

/** The public keys that tokens of this application are verified with. */
export interface PublishedKeys {
  /** @throws StoreUnavailable, SignerUnavailable */
  jwks (): Promise<{ readonly keys: readonly JWK[] }>
}

/** Seconds: less than a new key is published before it signs. */
const FRESH = 300
const entityTag = /(?<=^|,)\s*(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?=$|,)/g

/** Whether a client has it already (RFC 9110, section 13.1.2). */
function isKnown (header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || [...header.matchAll(entityTag)].some(([, known]) => known === tag)
}

/** `GET /auth/jwks`: the keys of this application (RFC 7517, section 5). They are public, and the same for all. */
export async function jwksRoutes (scope: FastifyInstance, { paths, keys }: JwksScope): Promise<void> {
  // Not `auth: false`: a hook of the application that asks for the user of every request would fail.
  const config: RouteConfig = { [ownRoute]: 'page' }
  async function showKeys (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    try {
      const body = JSON.stringify(await keys.jwks())
      const tag = `"${digestOf(body)}"`
      reply.headers({ etag: tag, 'cache-control': `public, max-age=${FRESH}` })
      if (isKnown(request.headers['if-none-match'], tag)) return reply.code(304).send()
      return reply.type('application/jwk-set+json').send(body)
    } catch (error) {
      return refuseRequest(error, request, reply)
    }
  }
  for (const url of paths) scope.get(url, { config, exposeHeadRoute: true }, showKeys)
}
