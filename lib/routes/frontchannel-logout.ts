import type { FastifyReply, FastifyRequest } from 'fastify'
import { ReplyHeaders, writeAnswer } from '../guard/answer.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import { isOfAnyTenant } from '../options/issuer.ts'
import { frontchannelPage } from '../pages/frontchannel-page.ts'
import { type PageHandler, sendPage, type SignInRoutes } from './sign-in.ts'

/** The value of a parameter that is there exactly once. */
function only (parameters: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = parameters.getAll(name)
  return value === '' || more.length > 0 ? undefined : value
}

/**
 * `GET /auth/frontchannel-logout?iss=…&sid=…`: the provider shows this in a frame of its own page (OpenID Connect
 * Front-Channel Logout, section 2). Browsers keep our cookie from a frame of another site, so the session is known by
 * what it came from; only one that somebody has begun here is, or strangers could fill the list.
 */
export function createFrontchannelLogoutHandler ({ clients, realm }: SignInRoutes): PageHandler {
  const own = clients.all.map(({ provider }) => provider.settings.issuer).filter(issuer => !isOfAnyTenant(issuer))

  return async function frontchannelLogout (request, reply) {
    const parameters = new URLSearchParams(request.url.replace(/^[^?]*/, ''))
    const sid = only(parameters, 'sid')
    const issuer = only(parameters, 'iss') ?? ''
    const meant = clients.at(issuer)
    const isMeant = meant.length > 0 && sid !== undefined
    if (request.method === 'GET' && isMeant) {
      for (const client of meant) await end(client, request, reply, { sid, issuer })
    }
    // What helmet and its like put on every page would keep this one out of the provider's frame.
    const issuers = meant.length > 0 ? [...own, issuer] : own
    return sendPage(reply.removeHeader('x-frame-options'), frontchannelPage(issuers), isMeant ? 200 : 400)
  }

  async function end (
    { logouts, provider }: OidcClient, request: FastifyRequest, reply: FastifyReply,
    { sid, issuer }: { readonly sid: string, readonly issuer: string }
  ): Promise<void> {
    const login = logouts.markOf(sid, issuer)
    const { cookie } = request.raw.headers
    const held = await realm.sessions.find(cookie, 'any')
    const isHere = held?.session.marks?.login === login
    if (isHere) writeAnswer(new ReplyHeaders(reply), realm.sessions.clear(cookie))
    if (!isHere && !await logouts.isKnown(login)) return
    await logouts.endLogin(login)
    realm.events.emit('frontchannelLogout', { provider: provider.settings.name, sid })
  }
}
