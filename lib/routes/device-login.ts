import type { FastifyReply, FastifyRequest } from 'fastify'
import { CrossSite, LoginFailed, StateInvalid, StateSpent } from '../errors.ts'
import { isNoNavigation } from '../guard/navigation.ts'
import { isProven } from '../guard/same-site.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { DeviceFlow, DeviceProgress } from '../oidc/device/device-flow.ts'
import { hasDemands } from '../oidc/login/demands.ts'
import type { Transaction } from '../oidc/login/transaction.ts'
import { devicePage, nearlyPage } from '../pages/device-page.ts'
import { arrive } from './arrive.ts'
import { parametersOf } from './login-wish.ts'
import { answerProgram, createProgramReturn } from './program-return.ts'
import { bindingText, isStale, type PageHandler, sendNothing, sendPage, type SignInRoutes } from './sign-in.ts'
import { createSessionStart } from './start-session.ts'

/** Milliseconds in which the session of a login that another tab has finished may be on its way to the browser. */
const ON_ITS_WAY = 10_000

/**
 * `GET /auth/device-login` shows the code of a sign-in by device code and signs in when it is done; `POST` tells the
 * script of the page how long to wait, or cancels.
 */
export function createDeviceLoginHandler (routes: SignInRoutes, pageUrl: string): PageHandler {
  const { realm, signIn, settings, clients, logins } = routes

  return async function deviceLogin (request, reply) {
    const parameters = parametersOf(request)
    if (request.method === 'POST') return await act(request, reply, parameters)
    // Whoever only looks must not finish a login.
    if (request.method === 'HEAD' || isNoNavigation(request)) return sendNothing(reply)
    try {
      return await show(request, reply, parameters)
    } catch (error) {
      const transaction = logins.read(parameters)
      const program = transaction?.demands.program
      if (program !== undefined) return answerProgram(routes, request, reply, program, error)
      if (!isStale(error) || transaction === undefined || !await isSignedIn(request, transaction)) throw error
      return goHome(reply, transaction)
    }
  }

  async function show (
    request: FastifyRequest, reply: FastifyReply, parameters: URLSearchParams
  ): Promise<FastifyReply> {
    const progress = await look(request, parameters)
    const { transaction } = progress
    if (progress.state === 'waiting') {
      return sendPage(reply, devicePage({ ...progress, pageUrl, state: String(parameters.get('state')) }))
    }
    if (progress.state === 'finished') {
      if (transaction.demands.program !== undefined) throw new StateSpent()
      if (await isSignedIn(request, transaction)) return goHome(reply, transaction)
      if (settings.now() - progress.at >= ON_ITS_WAY) throw new StateSpent()
      return sendPage(reply, nearlyPage(pageUrlOf(parameters)))
    }
    const client = clientOf(parameters)
    const finished = await client.device.finish(parameters, bindingText(realm, request))
    if (finished === undefined) return await show(request, reply, parameters)
    const { program } = transaction.demands
    if (program !== undefined) return await createProgramReturn(routes, client)(request, reply, finished, program)
    await createSessionStart(routes, client)(request, finished)
    return await arrive(routes, request, reply, transaction)
  }

  async function act (
    request: FastifyRequest, reply: FastifyReply, parameters: URLSearchParams
  ): Promise<FastifyReply> {
    if (!isProven(request, settings)) throw new CrossSite()
    const action = parameters.get('action')
    if (action === 'poll') {
      return reply.header('cache-control', 'no-store').send(await waitOf(request, parameters))
    }
    if (action === 'cancel') await clientOf(parameters).device.cancel(parameters, bindingText(realm, request))
    return reply.redirect(pageUrlOf(parameters), 303)
  }

  /** How long to wait; nothing where there is something to see on the page. */
  async function waitOf (request: FastifyRequest, parameters: URLSearchParams): Promise<{ readonly wait?: number }> {
    try {
      const progress = await look(request, parameters)
      return progress.state === 'waiting' ? { wait: progress.wait } : {}
    } catch (error) {
      if (error instanceof LoginFailed) return {}
      throw error
    }
  }

  async function look (request: FastifyRequest, parameters: URLSearchParams): Promise<DeviceProgress> {
    return await clientOf(parameters).device.look(parameters, bindingText(realm, request))
  }

  /** Whom the login is with, as its state says, which was sealed here. */
  function clientOf (parameters: URLSearchParams): OidcClient & { readonly device: DeviceFlow } {
    const client = clients.find(logins.read(parameters)?.provider)
    if (client?.device === undefined) throw new StateInvalid()
    return { ...client, device: client.device }
  }

  /** Whether the browser has what this login was to bring: a session, and not only the one that was too little. */
  async function isSignedIn (request: FastifyRequest, { previous, demands }: Transaction): Promise<boolean> {
    const login = realm.of(request)
    const user = await login.authenticate()
    if (!user.isAuthenticated) return false
    return !hasDemands(demands) || user.sessionHandle !== previous?.handle
  }

  function pageUrlOf (parameters: URLSearchParams): string {
    const url = new URL(pageUrl)
    url.searchParams.set('state', String(parameters.get('state')))
    return url.href
  }

  function goHome (reply: FastifyReply, { returnTo }: Transaction): FastifyReply {
    return reply.redirect(signIn.returnPaths.address(returnTo), 303)
  }
}
