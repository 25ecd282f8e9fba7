import type { FastifyRequest } from 'fastify'
import type { Awaitable } from '../awaitable.ts'
import type { SetCookie } from '../session/cookies.ts'
import type { RequestSession } from '../session/request-session.ts'

/** The cookies of an answer: of the session, and further ones. A session that cannot be prolonged stays as it is. */
export function answerCookies (
  session: RequestSession, further: readonly SetCookie[], { log }: FastifyRequest
): Awaitable<readonly SetCookie[]> {
  const withFurther = (cookies: readonly SetCookie[]): readonly SetCookie[] => [...cookies, ...further]
  const notProlonged = (err: unknown): readonly SetCookie[] => {
    log.error({ err }, 'fastify-login: a session could not be prolonged')
    return further
  }
  try {
    const cookies = session.setCookies()
    if (cookies instanceof Promise) return cookies.then(withFurther, notProlonged)
    return further.length === 0 ? cookies : withFurther(cookies)
  } catch (error) {
    return notProlonged(error)
  }
}
