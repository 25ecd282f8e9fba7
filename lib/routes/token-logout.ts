import type { FastifyReply, FastifyRequest } from 'fastify'
import { shownCredentials } from '../guard/bearer-credentials.ts'
import type { Realm } from '../guard/realm.ts'
import { OAuthRefusal } from '../programs/oauth-refusal.ts'
import { borrowed, unendable } from '../programs/token-revocation.ts'
import { refuseRequest } from './token.ts'

function refuse (request: FastifyRequest, reply: FastifyReply, error: unknown): true {
  refuseRequest(error, request, reply)
  return true
}

/**
 * Ends the access token that a program logs out with, and all that came of the same login. One that is over already is
 * as well ended (RFC 7009, section 2.2); one of somebody else cannot be ended here, and nobody is told that it was.
 * Where the store is away the token may live, which the program is told. False for a request that
 * shows none. (A reply is no value to return: it can be awaited, and is nothing then.)
 */
export async function endShownToken (
  { settings, issued }: Pick<Realm, 'settings' | 'issued'>, request: FastifyRequest, reply: FastifyReply
): Promise<boolean> {
  const shown = settings.bearer === undefined || request.method !== 'POST' ? undefined : shownCredentials(request)
  if (shown === undefined) return false
  reply.header('cache-control', 'no-store')
  if (shown.text === undefined) {
    return refuse(request, reply, new OAuthRefusal('invalid_request', 'Send one access token, in the Authorization header.'))
  }
  try {
    const found = await issued?.find(shown.text)
    if (found === undefined) return refuse(request, reply, unendable('Only tokens of this application can be ended here.'))
    if (found.isBorrowed === true) return refuse(request, reply, borrowed())
    await issued?.revoke(found.handle, found.endsBy)
  } catch (error) {
    return refuse(request, reply, error)
  }
  reply.code(204).send()
  return true
}
