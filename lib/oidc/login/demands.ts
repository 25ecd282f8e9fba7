import { packProgram, type ProgramDemand, type SealedProgramDemand, unpackProgram } from './program-demand.ts'

/** What one login asks of the provider beside what is configured, and what the application gave it on its way. */
export interface LoginDemands {
  /** Scopes that the access token must hold. */
  readonly scopes?: readonly string[] | undefined
  /** One of these must come back as `acr`. */
  readonly acr?: readonly string[] | undefined
  /** The person must have proved who they are within so many seconds before the login was begun. */
  readonly maxAge?: number | undefined
  /** The person must prove it now. */
  readonly fresh?: boolean | undefined
  /** Name of the provider that must vouch. */
  readonly provider?: string | undefined
  /** The provider must not ask the person anything: `only` so, or `first` so and with questions where it has some. */
  readonly silent?: 'only' | 'first' | undefined
  /** The only person whom a silent login may sign in. */
  readonly subject?: string | undefined
  /** Whose subject that is, where the provider has an issuer for each tenant. */
  readonly issuer?: string | undefined
  /** Takes the place of the configured `prompt`. */
  readonly prompt?: string | undefined
  /** Further parameters of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  /** What the application wants back after the login, as JSON has it. */
  readonly appState?: unknown
  /** It is begun because the tokens of the session are gone. */
  readonly forTokens?: boolean | undefined
  /** The program that it is for, in place of a session. Never in an address of ours: the person was asked before. */
  readonly program?: ProgramDemand | undefined
}

/** The form in which demands are sealed. */
export interface SealedDemands {
  readonly o?: readonly string[]
  readonly c?: readonly string[]
  readonly m?: number
  readonly f?: 1
  readonly s?: 1 | 2
  readonly u?: string
  readonly i?: string
  readonly p?: string
  readonly w?: string
  readonly e?: Readonly<Record<string, string>>
  readonly a?: unknown
  readonly l?: 1
  readonly g?: SealedProgramDemand
}

/** Whether a login must bring more than a session. */
export function hasDemands (
  { scopes = [], acr = [], maxAge, fresh = false, provider, program }: LoginDemands
): boolean {
  if (program !== undefined) return true
  return scopes.length > 0 || acr.length > 0 || maxAge !== undefined || fresh || provider !== undefined
}

/** Whether a login is one like any other. */
export function isPlain (demands: LoginDemands): boolean {
  return Object.keys(packDemands(demands)).length === 0
}

/** The same login, for which the provider may ask the person. */
export function withQuestions ({ silent, subject, issuer, ...demands }: LoginDemands): LoginDemands {
  return demands
}

/** The same login, for a session of whoever comes. */
export function withoutProgram ({ program, ...demands }: LoginDemands): LoginDemands {
  return demands
}

export function packDemands (demands: LoginDemands): SealedDemands {
  const { scopes = [], acr = [], maxAge, fresh = false, provider } = demands
  const { silent, subject, issuer, prompt, parameters = {}, appState, forTokens = false, program } = demands
  return {
    ...(scopes.length === 0 ? {} : { o: scopes }),
    ...(acr.length === 0 ? {} : { c: acr }),
    ...(maxAge === undefined ? {} : { m: maxAge }),
    ...(fresh ? { f: 1 } : {}),
    ...(provider === undefined ? {} : { p: provider }),
    ...(silent === undefined ? {} : { s: silent === 'only' ? 1 : 2 }),
    ...(subject === undefined ? {} : { u: subject }),
    ...(issuer === undefined ? {} : { i: issuer }),
    ...(prompt === undefined ? {} : { w: prompt }),
    ...(Object.keys(parameters).length === 0 ? {} : { e: parameters }),
    ...(appState === undefined ? {} : { a: appState }),
    ...(forTokens ? { l: 1 } : {}),
    ...(program === undefined ? {} : { g: packProgram(program) })
  }
}

export function unpackDemands (sealed: SealedDemands = {}): LoginDemands {
  const { o: scopes, c: acr, m: maxAge, f, p: provider } = sealed
  const { s, u: subject, i: issuer, w: prompt, e: parameters, a: appState, l, g } = sealed
  const silent = s === undefined ? undefined : s === 1 ? 'only' : 'first'
  const how: LoginDemands = { silent, subject, issuer, prompt, parameters, appState, forTokens: l === 1 }
  const program = g === undefined ? undefined : unpackProgram(g)
  return { scopes, acr, maxAge, fresh: f === 1, provider, ...how, program }
}
