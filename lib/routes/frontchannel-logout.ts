import type { FastifyReply, FastifyRequest } from 'fastify'
import { replyHeaders, writeAnswer } from '../guard/answer.ts'
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
export function createFrontchannelLogoutHandler ({ logouts, provider, realm }: SignInRoutes): PageHandler {
  const { name, issuer: own } = provider.settings
  const framer = isOfAnyTenant(own) ? undefined : own

  return async function frontchannelLogout (request, reply) {
    const parameters = new URLSearchParams(request.url.replace(/^[^?]*/, ''))
    const sid = only(parameters, 'sid')
    const issuer = only(parameters, 'iss')
    const isKnown = logouts.isFrom(issuer)
    const isMeant = isKnown && sid !== undefined
    if (request.method === 'GET' && isMeant) await end(request, reply, sid, issuer)
    // What helmet and its like put on every page would keep this one out of the provider's frame.
    return sendPage(reply.removeHeader('x-frame-options'), frontchannelPage(isKnown ? issuer : framer), isMeant ? 200 : 400)
  }

  async function end (request: FastifyRequest, reply: FastifyReply, sid: string, issuer: string): Promise<void> {
    const login = logouts.markOf(sid, issuer)
    const { cookie } = request.raw.headers
    const held = await realm.sessions.find(cookie, 'any')
    const isHere = held?.session.marks?.login === login
    if (isHere) writeAnswer(replyHeaders(reply), realm.sessions.clear(cookie))
    if (!isHere && !await logouts.isKnown(login)) return
    await logouts.endLogin(login)
    realm.events.emit('frontchannelLogout', { provider: name, sid })
  }
}
