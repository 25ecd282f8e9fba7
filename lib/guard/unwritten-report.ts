import type { FastifyReply } from 'fastify'
import { finished } from 'node:stream'

/** What may have been changed, and written. */
export interface Changes {
  /** Whether something was changed that no answer has carried to the browser. */
  readonly isUnwritten: boolean
}

/**
 * Says so in the log where an answer ends without what was changed: it was hijacked. Asked for by whoever changes
 * something, because a hook for every answer would cost more than all that is done for most of them.
 */
export function reportUnwritten (reply: FastifyReply, changes: Changes): void {
  finished(reply.raw, () => {
    // Where the browser went away before its answer, nobody has ended that yet.
    if (!changes.isUnwritten || !reply.sent) return
    reply.request.log.error('fastify-login: a login or logout never reached the browser, because the reply was hijacked. ' +
      'Call "await request.commitLogin(reply)" before "reply.hijack()".')
  })
}
