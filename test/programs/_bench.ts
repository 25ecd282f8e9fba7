import { createHash, randomBytes } from 'node:crypto'
import { LoginEvents, type LoginEventMap } from '../../lib/events.ts'
import type { ProgramOptions } from '../../lib/options/program-options.ts'
import { resolvePublicUrl } from '../../lib/options/public-url.ts'
import type { ProgramSettings } from '../../lib/options/program-settings.ts'
import { createPrograms, type Programs } from '../../lib/programs/create-programs.ts'
import { OAuthRefusal } from '../../lib/programs/oauth-refusal.ts'
import { RefreshTokens } from '../../lib/programs/refresh-tokens.ts'
import { OidcClients } from '../../lib/oidc/client/oidc-clients.ts'
import { TokenVault } from '../../lib/oidc/tokens/token-vault.ts'
import { IssuedTokens, type SealedToken } from '../../lib/session/issued-tokens.ts'
import type { TokenStart } from '../../lib/session/issued-token.ts'
import { StoredRevocations } from '../../lib/session/stored-revocations.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'
import type { Store } from '../../lib/stores/store.ts'
import { createClock, type TestClock } from '../../lib/testing/index.ts'
import type { Vault } from '../../lib/vault.ts'
import { oidc, publicUrl, settingsOf } from '../options/_refusal.ts'
import { vaultOf } from '../session/_session.ts'

export const LOOPBACK = 'http://127.0.0.1/callback'
export const WEB = 'https://tool.example.com/callback'

/** Programs as their options say. */
export function programsOf (programs: Readonly<Record<string, ProgramOptions>>): readonly ProgramSettings[] {
  return settingsOf({ publicUrl, oidc, bearer: { issued: true }, programs }).programs
}

export interface Pkce {
  readonly verifier: string
  readonly challenge: string
}

export function pkce (): Pkce {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** What a refusal says; fails where there is none. */
export async function refusalOf (run: () => unknown): Promise<OAuthRefusal> {
  try {
    await run()
  } catch (error) {
    if (error instanceof OAuthRefusal) return error
    throw error
  }
  throw new Error('nothing was refused')
}

type Issued = TokenStart

export interface Bench {
  readonly programs: Programs & { readonly refreshTokens: RefreshTokens }
  readonly clock: TestClock
  readonly store: Store
  readonly vault: Vault
  readonly revocations: StoredRevocations
  /** What access tokens were issued with. */
  readonly issued: Issued[]
  readonly ended: Array<readonly [handle: string, reason: string]>
  readonly authorized: Array<LoginEventMap['programAuthorized']>
  /** Real access tokens, whether programs get such or numbered ones. */
  readonly sealed: IssuedTokens
  program (clientId: string): ProgramSettings
}

export interface BenchOptions {
  readonly programs?: Readonly<Record<string, ProgramOptions>>
  readonly store?: Store
  readonly vault?: Vault
  readonly clock?: TestClock
  readonly isIssuing?: boolean
  /** What access tokens can be for, as with a broker. */
  readonly audience?: readonly string[]
  /** Whether access tokens are real ones, and not numbered. */
  readonly isSealing?: boolean
}

/** Programs without the web around them. */
export async function bench (options: BenchOptions = {}): Promise<Bench> {
  const { clock = createClock(), vault = await vaultOf(), isIssuing = true, isSealing = false } = options
  const store = options.store ?? new MemoryStore({ now: clock.now })
  const { programs = { cli: { redirectUris: [LOOPBACK], scopes: ['reports.read', 'reports.write'] } } } = options
  const who = options.audience === undefined ? { bearer: { issued: true } } : { broker: { audience: options.audience } }
  const settings = settingsOf({ publicUrl, oidc, ...who, programs, now: clock.now })
  const revocations = new StoredRevocations(store, clock.now)
  const issued: Issued[] = []
  const ended: Bench['ended'] = []
  const authorized: Bench['authorized'] = []
  const events = new LoginEvents({ programAuthorized: event => authorized.push(event) }, () => {})
  const sealed = new IssuedTokens({ vault, revocations, settings, events })
  const issuer = {
    lookAgain: (text: string) => sealed.lookAgain(text),
    verify: (text: string) => sealed.verify(text),
    look: (text: string) => sealed.look(text),
    find: (text: string) => sealed.find(text),
    async issue (start: TokenStart): Promise<SealedToken> {
      issued.push(start)
      if (isSealing) return await sealed.issue(start)
      const expiresAt = Math.floor(clock.now() / 1000) + start.expiresIn
      return { text: `token-${issued.length}`, handle: String(start.family?.handle), expiresAt }
    },
    revoke: async (handle: string) => { await sealed.revoke(handle) }
  }
  const made = createPrograms({
    settings,
    publicUrl: resolvePublicUrl(publicUrl, false),
    vault,
    store,
    tokens: new TokenVault(vault, store),
    events,
    providers: new OidcClients([]),
    personOf: async () => ({ userId: 'nobody' }),
    issued: isIssuing ? issuer : undefined,
    judgeOf: () => undefined,
    revocations,
    onEnd: async (handle, reason) => { ended.push([handle, reason]) }
  })
  function program (clientId: string): ProgramSettings {
    const found = made.clients.find(clientId)
    if (found === undefined) throw new Error(`no program ${clientId}`)
    return found
  }
  const refreshTokens = new RefreshTokens(vault, store, clock.now)
  const written = { issued, ended, authorized }
  return { programs: { ...made, refreshTokens }, sealed, clock, store, vault, revocations, ...written, program }
}
