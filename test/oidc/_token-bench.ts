import { setTimeout } from 'node:timers/promises'
import { LoginEvents } from '../../lib/events.ts'
import { AccessTokens, type TokenAnswer } from '../../lib/oidc/tokens/access-tokens.ts'
import type { Grant, GrantedToken } from '../../lib/oidc/tokens/grant.ts'
import type { Patience } from '../../lib/oidc/tokens/patience.ts'
import { createProvider, type Provider } from '../../lib/oidc/provider/provider.ts'
import { TokenVault } from '../../lib/oidc/tokens/token-vault.ts'
import { resolveOidcSettings } from '../../lib/options/oidc-settings.ts'
import type { Session } from '../../lib/session/session.ts'
import { createClock, type TestClock } from '../../lib/testing/index.ts'
import type { Vault } from '../../lib/vault.ts'
import { NotedStore } from '../session/_noted-store.ts'
import { aSession, NOON, vaultOf } from '../session/_session.ts'
import { type IssuedTokens, RefreshEndpoint } from './_refresh-endpoint.ts'
import { ScriptedProvider } from './_scripted-provider.ts'

export const SCOPES = ['openid', 'mail.read', 'offline_access']
/** A wish that the token of the sign-in fulfils. */
export const MAIL = Object.freeze({ scopes: ['mail.read'], resource: undefined })

type Wish = Parameters<AccessTokens['find']>[1]

/** A session with tokens of a scripted provider, and processes that share a store. Time stands until somebody waits. */
export class TokenBench {
  readonly clock: TestClock
  readonly scripted: ScriptedProvider
  readonly endpoint: RefreshEndpoint
  readonly store: NotedStore
  readonly provider: Provider
  readonly vault: TokenVault
  readonly session: Session
  readonly told: Array<{ name: string } & Record<string, unknown>> = []
  readonly orphans: Grant[] = []
  readonly patience: Patience
  readonly #events: LoginEvents
  issued: IssuedTokens = { accessToken: '', refreshToken: '', idToken: '' }

  constructor (vault: Vault, scripted: ScriptedProvider, further: Record<string, unknown>) {
    const clock = createClock(NOON * 1000)
    scripted.now = clock.now
    this.clock = clock
    this.scripted = scripted
    this.endpoint = new RefreshEndpoint(scripted)
    this.store = new NotedStore(clock.now)
    const settings = resolveOidcSettings({ ...scripted.client, scopes: SCOPES, ...further }, false)
    this.provider = createProvider(settings, clock.now)
    this.vault = new TokenVault(vault, this.store)
    this.session = aSession()
    this.patience = {
      now: () => clock.now() - NOON * 1000,
      wait: async milliseconds => {
        clock.advance(milliseconds / 1000)
        // What signs works on another thread: without a pause it never gets a turn on a busy machine.
        await setTimeout(5)
      }
    }
    this.#events = new LoginEvents({
      refreshed: event => { this.told.push({ name: 'refreshed', ...event }) },
      refreshFailed: event => { this.told.push({ name: 'refreshFailed', ...event }) }
    }, error => { throw error })
  }

  get handle (): string {
    return this.session.handle
  }

  /** What a sign-in leaves, its access token good for 300 seconds. */
  async signIn (changes: Partial<Grant> = {}, token: Partial<GrantedToken> = {}): Promise<void> {
    this.issued = await this.endpoint.issue()
    const { accessToken, refreshToken, idToken } = this.issued
    const issuedAt = Math.floor(this.clock.now() / 1000)
    await this.vault.keep(this.session, {
      provider: 'oidc',
      issuer: this.scripted.issuer,
      idToken,
      refreshToken,
      accessTokens: [{
        accessToken, tokenType: 'bearer', scopes: SCOPES, asked: SCOPES, issuedAt, expiresAt: issuedAt + 300, ...token
      }],
      scopes: SCOPES,
      ...changes
    })
  }

  /** One more process of the application; a store or a clock of its own takes the place of the shared one. */
  process (parts: Partial<ConstructorParameters<typeof AccessTokens>[0]> = {}): AccessTokens {
    return new AccessTokens({
      provider: this.provider,
      vault: this.vault,
      store: this.store,
      events: this.#events,
      onOrphan: (_handle, grant) => { this.orphans.push(grant) },
      patience: this.patience,
      ...parts
    })
  }

  async find (wish: Wish = MAIL): Promise<TokenAnswer> {
    return await this.process().find(this.handle, wish)
  }

  /** The access token of an answer, or what else it is. */
  async token (wish: Wish = MAIL): Promise<string> {
    return textOf(await this.find(wish))
  }

  async grant (): Promise<Grant | undefined> {
    return (await this.vault.find(this.handle))?.grant
  }

  /** Names of the events so far, each with its reason. */
  get events (): readonly string[] {
    return this.told.map(({ name, reason }) => reason === undefined ? name : `${name}: ${String(reason)}`)
  }
}

export function textOf (answer: TokenAnswer): string {
  return answer.kind === 'token' ? answer.token.accessToken : answer.kind
}

export async function createTokenBench (further: Record<string, unknown> = {}): Promise<TokenBench> {
  const bench = new TokenBench(await vaultOf(), await ScriptedProvider.create(), further)
  await bench.signIn()
  return bench
}
