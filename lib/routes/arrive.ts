import type { FastifyReply, FastifyRequest } from 'fastify'
import { ArgumentInvalid } from '../errors.ts'
import type { Transaction } from '../oidc/login/transaction.ts'
import type { SignInRoutes } from './sign-in.ts'
import { goOn } from './silent.ts'

/** Sends a person who is signed in to where the application wants them; they stay signed in whatever it does. */
export async function arrive (
  routes: SignInRoutes, request: FastifyRequest, reply: FastifyReply,
  { returnTo: path, demands: { appState } }: Transaction
): Promise<FastifyReply> {
  const { signIn, settings } = routes
  const returnTo = signIn.returnPaths.check(path)
  const target: unknown = await settings.onLogin?.(request, reply, { appState, returnTo })
  if (reply.sent) return reply
  if (target === undefined || typeof target === 'string') return goOn(routes, reply, target ?? returnTo)
  throw new ArgumentInvalid('The option "onLogin" must return a path of this site, or nothing.')
}
