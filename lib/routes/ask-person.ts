import type { FastifyReply } from 'fastify'
import { ProgramUnknown } from '../errors.ts'
import type { OidcClient } from '../oidc/client/oidc-client.ts'
import type { ProgramSettings } from '../options/program-settings.ts'
import { consentPage } from '../pages/consent-page.ts'
import type { ProgramRequest } from '../programs/authorization-request.ts'
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

/** @throws ProgramUnknown where there are none any more */
export function assertPrograms (routes: SignInRoutes): asserts routes is ProgramRoutes {
  if (!hasPrograms(routes)) throw new ProgramUnknown()
}

/**
 * Our clients at whoever may vouch for people to a program. A tenant may not: it vouches at its own site, and tokens
 * hold at all of them.
 */
export function vouchersFor (
  { clients, settings: { tenants } }: SignInRoutes, { provider }: ProgramSettings
): readonly OidcClient[] {
  return clients.all.filter(({ provider: { settings: { name } } }) =>
    (provider === undefined || provider === name) && !tenants.some(tenant => tenant.name === name))
}

/** The providers that a person can choose from; none where it is clear which one. */
function choicesOf (routes: SignInRoutes, program: ProgramSettings): Parameters<typeof consentPage>[0]['choices'] {
  const vouchers = vouchersFor(routes, program)
  if (vouchers.length === 1) return []
  return vouchers.map(({ provider: { settings: { name, label } } }) => ({ name, label }))
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

/** A judged request with its program. @throws ProgramUnknown where its program is gone, or is another one now */
export function askedOf ({ programs }: ProgramRoutes, request: ProgramRequest): AskedRequest {
  const asked = programs.requests.find(request)
  if (asked === undefined) throw new ProgramUnknown()
  return asked
}
