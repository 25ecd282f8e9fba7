import type { FastifyInstance } from 'fastify'
import type { SendPage } from '../site.ts'
import { type Mailbox, MAIL_SCOPE } from './mail-api.ts'
import { mailPage } from './mail-page.ts'
import { type Neighbours, TOKEN_LIFE } from './neighbours.ts'

interface MailRoute {
  Querystring: { every?: number }
}

const schema = { querystring: { type: 'object', properties: { every: { type: 'integer', minimum: 1, maximum: 60 } } } }

/** The mail API refuses a token that was good a moment ago, or does not work. */
class MailFailed extends Error {
  readonly statusCode = 502
}

async function readMail (address: string, accessToken: string): Promise<Mailbox> {
  const answer = await fetch(`${address}/messages`, { headers: { authorization: `Bearer ${accessToken}` } })
  if (!answer.ok) throw new MailFailed(`The mail API answered with status ${answer.status}.`)
  return await answer.json() as Mailbox
}

/**
 * Adds `/mail`, whose data come from a protected API. Who has not yet allowed the application to read mail is asked by
 * the provider, and comes back.
 */
export function addMail (
  app: FastifyInstance, { mailAddress, countRefreshes }: Neighbours, sendPage: SendPage
): void {
  app.get<MailRoute>('/mail', { onRequest: [app.loginRequired({ scopes: [MAIL_SCOPE] })], schema },
    async (request, reply) => {
      const { accessToken, expiresAt = 0, scopes } = await request.getAccessToken({ scopes: [MAIL_SCOPE] })
      const mailbox = await readMail(mailAddress, accessToken)
      const secondsLeft = Math.max(0, expiresAt - Math.floor(Date.now() / 1000))
      const figures = { life: TOKEN_LIFE, secondsLeft, scopes, refreshes: countRefreshes() }
      return sendPage(reply, mailPage(request, mailbox, figures, request.query.every))
    })
}
