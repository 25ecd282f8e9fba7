import type { FastifyInstance, FastifyReply } from 'fastify'
import { ownRoute, type RouteConfig } from '../guard/route-config.ts'

/**
 * Publishes a document, public and the same for all, at paths inside a scope.
 *
 * No header of ours lets pages of other origins read it: an application that such pages may call says so for all of its
 * routes, this one too, and must not be contradicted here.
 */
export function publishDocument (scope: FastifyInstance, paths: readonly string[], document: object): void {
  // Not `auth: false`: a hook of the application that asks for the user of every request would fail.
  const config: RouteConfig = { [ownRoute]: 'page' }
  async function showDocument (_request: unknown, reply: FastifyReply): Promise<object> {
    reply.header('cache-control', 'public, max-age=3600')
    return document
  }
  for (const url of paths) scope.get(url, { config, exposeHeadRoute: true }, showDocument)
}
