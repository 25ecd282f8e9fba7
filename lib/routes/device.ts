import { readForm } from '../programs/token-form.ts'
import type { ProgramRoutes } from './ask-person.ts'
import type { PageHandler } from './sign-in.ts'
import { authorizationOf, formOf, PRIVATE } from './token.ts'

/** `POST /auth/device`: a program without a browser gets a code for a person to enter (RFC 8628, section 3.1). */
export function createDeviceHandler ({ programs }: ProgramRoutes): PageHandler {
  return async function device (request, reply) {
    const form = readForm(formOf(request))
    const program = programs.clients.authenticate({ authorization: authorizationOf(request), form })
    return reply.headers(PRIVATE).send(await programs.devices.begin(program, form.get('scope') ?? undefined))
  }
}
