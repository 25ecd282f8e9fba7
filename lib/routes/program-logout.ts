import type { FastifyRequest } from 'fastify'
import type { ProgramSettings } from '../options/program-settings.ts'
import { isRegistered, withAnswer } from '../programs/redirect-address.ts'
import { parametersOf } from './login-wish.ts'

/** Where a program wants a logout to end (RP-Initiated Logout, sections 2 and 3). */
export interface ProgramLogout {
  /** The address, with the state of the program. */
  readonly address: string
  /** What it said, to be said once more by a form of ours. */
  readonly query: string
  /** The same as a target of a logout that goes by the provider. */
  readonly target: string
}

/** No path and no address begins so: what an application says is never taken for what a program said. */
const MARK = 'program:'
/** Characters. */
const LONGEST_STATE = 1024
const NAMES = ['client_id', 'post_logout_redirect_uri', 'state'] as const

/** Of a program that does not say which it is, any registered address is one. */
function isAllowed (programs: readonly ProgramSettings[], address: string, clientId: string | undefined): boolean {
  return programs
    .filter(program => clientId === undefined || program.clientId === clientId)
    .some(({ postLogoutRedirectUris }) => isRegistered(address, postLogoutRedirectUris))
}

/** Undefined for whatever says no registered address, or says something twice: then it counts for nothing. */
function read (programs: readonly ProgramSettings[], parameters: URLSearchParams): ProgramLogout | undefined {
  if (NAMES.some(name => parameters.getAll(name).length > 1)) return undefined
  const [clientId, address, state] = NAMES.map(name => parameters.get(name) ?? undefined)
  if (address === undefined || (state?.length ?? 0) > LONGEST_STATE) return undefined
  if (!isAllowed(programs, address, clientId)) return undefined
  const said = NAMES.map(name => [name, parameters.get(name)] as const).filter(([, value]) => value !== null)
  const query = new URLSearchParams(Object.fromEntries(said) as Record<string, string>).toString()
  return { address: state === undefined ? address : withAnswer(address, { state }), query, target: MARK + query }
}

/** What a request for a logout says about where it ends, in its address and in its form. */
export function programLogoutOf (
  programs: readonly ProgramSettings[], request: FastifyRequest
): ProgramLogout | undefined {
  const query = request.url.split('?').slice(1).join('?')
  const form = request.method === 'POST' ? parametersOf(request) : []
  return read(programs, new URLSearchParams([...new URLSearchParams(query), ...form]))
}

/** The address of a target that a program said, which must be registered still; undefined for any other target. */
export function programTarget (programs: readonly ProgramSettings[], target: string): string | undefined {
  return target.startsWith(MARK) ? read(programs, new URLSearchParams(target.slice(MARK.length)))?.address : undefined
}
