import { ProgramRedirectInvalid, ProgramUnknown } from '../errors.ts'
import type { ProgramDemand } from '../oidc/login/program-demand.ts'
import type { ProgramSettings } from '../options/program-settings.ts'
import type { ProgramClients } from './program-client.ts'
import { OFFLINE, scopesFor } from './program-scopes.ts'
import { isRegistered, redirectOf } from './redirect-address.ts'

/** What a program asks for in the name of a person, judged. */
export interface ProgramRequest extends ProgramDemand {
  /** OpenID Connect Core, section 3.1.2.1. */
  readonly prompt: string | undefined
}

/** Where an answer goes, and what the program recognizes it by. */
export type ReturnAddress = Pick<ProgramDemand, 'redirectUri' | 'state'>

/** What a program is told at its own address (RFC 6749, section 4.1.2.1). */
export class AuthorizationRefusal extends Error {
  readonly error: string
  readonly description: string
  readonly to: ReturnAddress

  constructor (error: string, description: string, to: ReturnAddress) {
    super(`${error}: ${description}`)
    this.error = error
    this.description = description
    this.to = to
  }
}

const LONGEST_STATE = 1_024
/** SHA-256 as base64url (RFC 7636, section 4.2). */
const challengeSpelling = /^[\w-]{43}$/
const PROMPTS = ['login', 'consent', 'select_account', 'create']

/** One value; none where it is empty, which counts as left out (RFC 6749, section 3.1). */
function only (parameters: URLSearchParams, name: string): string | undefined {
  const [value = '', ...more] = parameters.getAll(name)
  return more.length === 0 && value !== '' ? value : undefined
}

/** A program that does not say who it is, where a single one has registered the address. */
function ownerOf (programs: ProgramClients, redirectUri: string | undefined): ProgramSettings | undefined {
  const owners = programs.all.filter(({ redirectUris }) =>
    redirectUri !== undefined && isRegistered(redirectUri, redirectUris))
  return owners.length === 1 ? owners[0] : undefined
}

function promptOf (
  parameters: URLSearchParams, isAlias: boolean, refuse: (error: string, description: string) => never
): string | undefined {
  const words = (only(parameters, 'prompt') ?? '').split(' ').filter(word => word !== '')
  if (words.includes('none')) {
    if (words.length > 1) refuse('invalid_request', 'The prompt "none" stands alone.')
    if (!isAlias) refuse('consent_required', 'The person is always asked here.')
    return undefined
  }
  if (!words.every(word => PROMPTS.includes(word))) refuse('invalid_request', 'The prompt is not known.')
  return words.length === 0 ? undefined : words.join(' ')
}

function challengeOf (
  parameters: URLSearchParams, { requiresPkce }: ProgramSettings, refuse: (error: string, description: string) => never
): string | undefined {
  const [challenge, method] = [only(parameters, 'code_challenge'), only(parameters, 'code_challenge_method')]
  if (challenge === undefined && method === undefined && !requiresPkce) return undefined
  if (challenge === undefined) return refuse('invalid_request', 'A code challenge is missing (RFC 7636).')
  // Without a method it would be "plain", which whoever sees the request can repeat.
  if (method !== 'S256') refuse('invalid_request', 'The code challenge method must be S256.')
  return challengeSpelling.test(challenge) ? challenge : refuse('invalid_request', 'The code challenge is malformed.')
}

/**
 * Judges an authorization request of a program (RFC 6749, section 4.1.1).
 *
 * @param isAlias whether it came to the login page, where less need be said
 * @throws ProgramUnknown, ProgramRedirectInvalid: for the person, because nobody knows where the program is; and
 *   AuthorizationRefusal, which is for the program
 */
export function judgeRequest (programs: ProgramClients, parameters: URLSearchParams, isAlias: boolean): ProgramRequest {
  const said = only(parameters, 'redirect_uri')
  const isNamed = parameters.has('client_id')
  const program = isNamed || !isAlias ? programs.find(only(parameters, 'client_id')) : ownerOf(programs, said)
  if (program === undefined) throw isNamed || !isAlias ? new ProgramUnknown() : new ProgramRedirectInvalid()
  const redirectUri = parameters.getAll('redirect_uri').length > 1 ? undefined : redirectOf(program, said)
  if (redirectUri === undefined) throw new ProgramRedirectInvalid()
  const sent = only(parameters, 'state')
  const state = sent === undefined || sent.length > LONGEST_STATE ? undefined : sent
  const refuse = (error: string, description: string): never => {
    throw new AuthorizationRefusal(error, description, { redirectUri, state })
  }
  assertForm(parameters, isAlias, refuse)
  if (sent !== state) refuse('invalid_request', 'The state is longer than 1024 characters.')
  const asked = scopesFor(program, only(parameters, 'scope'))
  if (asked === undefined) return refuse('invalid_scope', 'The program may not have all of these scopes.')
  return {
    clientId: program.clientId,
    redirectUri,
    isRedirectSaid: said !== undefined,
    scopes: asked.filter(scope => scope !== OFFLINE),
    isOffline: asked.includes(OFFLINE) || (isAlias && only(parameters, OFFLINE) === 'true'),
    isPassThrough: program.isPassThrough,
    state,
    codeChallenge: challengeOf(parameters, program, refuse),
    prompt: promptOf(parameters, isAlias, refuse)
  }
}

/** What the request may be like, whatever it asks for. */
function assertForm (
  parameters: URLSearchParams, isAlias: boolean, refuse: (error: string, description: string) => never
): void {
  const names = [...parameters.keys()]
  if (new Set(names).size < names.length) refuse('invalid_request', 'A parameter is there twice.')
  if (only(parameters, 'request') !== undefined) refuse('request_not_supported', 'Request objects are not taken.')
  if (only(parameters, 'request_uri') !== undefined) refuse('request_uri_not_supported', 'Request objects are not taken.')
  if ((only(parameters, 'response_mode') ?? 'query') !== 'query') refuse('invalid_request', 'The response mode must be "query".')
  const type = only(parameters, 'response_type') ?? (isAlias ? 'code' : undefined)
  if (type === undefined) refuse('invalid_request', 'The response type is missing.')
  if (type !== 'code') refuse('unsupported_response_type', 'The response type must be "code".')
}
