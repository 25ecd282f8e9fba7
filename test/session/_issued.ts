import { randomBytes } from 'node:crypto'
import { BearerToken, type TokenVerdict } from '../../lib/bearer-token.ts'
import { LoginEvents } from '../../lib/events.ts'
import { IssuedTokens } from '../../lib/session/issued-tokens.ts'
import { LocalRevocations, type Revocations } from '../../lib/session/revocations.ts'
import type { TokenStart } from '../../lib/session/issued-token.ts'
import { createClock, type TestClock } from '../../lib/testing/index.ts'
import type { Vault } from '../../lib/vault.ts'
import { NOON, SESSION, vaultOf } from './_session.ts'

/** What issues tokens in a test, and what it has told. */
export interface Issuer {
  readonly tokens: IssuedTokens
  readonly vault: Vault
  readonly revocations: Revocations
  readonly clock: TestClock
  readonly told: unknown[]
}

export interface IssuerOptions {
  readonly vault?: Vault
  readonly clock?: TestClock
  readonly revocations?: Revocations
  /** Name of the session cookie, which tells registrations apart. */
  readonly name?: string
}

export async function anIssuer ({
  clock = createClock(NOON * 1000), name = SESSION, vault, revocations = new LocalRevocations(clock.now)
}: IssuerOptions = {}): Promise<Issuer> {
  const told: unknown[] = []
  const events = new LoginEvents({
    tokenIssued: event => told.push(['tokenIssued', event]), tokenRevoked: event => told.push(['tokenRevoked', event])
  }, error => { throw error })
  const parts = { vault: vault ?? await vaultOf(randomBytes(32), name), revocations, events }
  const tokens = new IssuedTokens({ ...parts, settings: { now: clock.now, cookie: { name } as never } })
  return { ...parts, tokens, clock, told }
}

/** What a token for Ada says where a test says nothing else. */
export function aStart (start: Partial<TokenStart> = {}): TokenStart {
  return { userId: 'ada', scopes: [], expiresIn: 60, ...start }
}

/** The token of a verdict that takes one. */
export function taken (verdict: TokenVerdict | undefined): BearerToken {
  if (verdict instanceof BearerToken) return verdict
  throw new Error(`the token is not taken: ${JSON.stringify(verdict)}`)
}
