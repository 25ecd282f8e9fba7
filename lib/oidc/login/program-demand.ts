/** What a program asked for that a login is for: no session begins, the program gets a code. */
export interface ProgramDemand {
  readonly clientId: string
  readonly redirectUri: string
  /** Whether its request named the address. */
  readonly isRedirectSaid: boolean
  /** What it gets, without `offline_access`. */
  readonly scopes: readonly string[]
  readonly isOffline: boolean
  /** Whether it gets the tokens of the provider: nothing else than its scopes is asked for then. */
  readonly isPassThrough: boolean
  readonly state: string | undefined
  readonly codeChallenge: string | undefined
}

/** The form in which it is sealed: it travels to the provider and back. */
export type SealedProgramDemand = readonly [
  clientId: string, redirectUri: string, flags: number, scopes: string,
  state: string | null, codeChallenge: string | null
]

export function packProgram (
  { clientId, redirectUri, isRedirectSaid, scopes, isOffline, isPassThrough, state, codeChallenge }: ProgramDemand
): SealedProgramDemand {
  const flags = Number(isRedirectSaid) + 2 * Number(isOffline) + 4 * Number(isPassThrough)
  return [clientId, redirectUri, flags, scopes.join(' '), state ?? null, codeChallenge ?? null]
}

export function unpackProgram (
  [clientId, redirectUri, flags, scopes, state, codeChallenge]: SealedProgramDemand
): ProgramDemand {
  return {
    clientId,
    redirectUri,
    isRedirectSaid: (flags & 1) !== 0,
    scopes: scopes === '' ? [] : scopes.split(' '),
    isOffline: (flags & 2) !== 0,
    isPassThrough: (flags & 4) !== 0,
    state: state ?? undefined,
    codeChallenge: codeChallenge ?? undefined
  }
}

/** Scopes that every program may be given. */
export const ABOUT_PERSON: readonly string[] = Object.freeze(['openid', 'profile', 'email'])

/** Whether a scope is about who somebody is. Every program may know that of whoever signs in with it. */
export function isAboutPerson (scope: string): boolean {
  return ABOUT_PERSON.includes(scope)
}

/**
 * The scopes to ask a provider for whose tokens a program gets: those of the program, and of the configured ones what
 * tells who somebody is.
 */
export function passedScopes (
  { scopes, isOffline }: ProgramDemand, configured: readonly string[]
): readonly string[] {
  const own = configured.filter(isAboutPerson)
  return [...scopes, ...own, ...isOffline ? ['offline_access'] : []]
}
