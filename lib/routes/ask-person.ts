import type { FastifyReply } from 'fastify'
import { ProgramUnknown } from '../errors.ts'
import type { ProgramDemand } from '../oidc/login/program-demand.ts'
import type { ProgramSettings } from '../options/program-settings.ts'
import { consentPage } from '../pages/consent-page.ts'
import type { Programs } from '../programs/create-programs.ts'
import type { AskedRequest } from '../programs/program-requests.ts'
import { siteOf } from '../programs/redirect-address.ts'
import { sendPage, type SignInRoutes } from './sign-in.ts'

/** Sign-in at a site that has programs. */
export interface ProgramRoutes extends SignInRoutes {
  readonly programs: Programs
}

export function hasPrograms (routes: SignInRoutes): routes is ProgramRoutes {
  return routes.programs !== undefined
}

/** The providers that a person can choose from; none where it is clear which one. */
function choicesOf (
  { clients }: SignInRoutes, { provider }: ProgramSettings
): Parameters<typeof consentPage>[0]['choices'] {
  if (provider !== undefined || clients.only !== undefined) return []
  return clients.all.map(({ provider: { settings: { name, label } } }) => ({ name, label }))
}

/** Asks a person whether a program may act for them. */
export function askPerson (
  routes: ProgramRoutes, reply: FastifyReply, { program, request }: AskedRequest
): FastifyReply {
  const { addresses: { authorize }, programs } = routes
  const { label } = program
  const { scopes, isOffline, redirectUri } = request
  return sendPage(reply, consentPage({
    label,
    site: siteOf(redirectUri),
    scopes,
    isOffline,
    url: String(authorize?.url),
    request: programs.requests.seal(request),
    choices: choicesOf(routes, program)
  }))
}

/**
 * A login for a program that came too late, twice, or to another browser. Nobody is signed in for a program without
 * being asked: an address that somebody else was sent would be enough for that.
 */
export function askAgain (routes: SignInRoutes, reply: FastifyReply, demand: ProgramDemand): FastifyReply {
  const asked = routes.programs?.requests.find({ ...demand, prompt: undefined })
  if (asked === undefined || !hasPrograms(routes)) throw new ProgramUnknown()
  return askPerson(routes, reply, asked)
}
