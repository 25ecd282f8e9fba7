import { setImmediate } from 'node:timers/promises'
import { BearerToken } from '../../lib/bearer-token.ts'
import { PeerAnswers } from '../../lib/broker/peer-answers.ts'
import { ProviderTokens } from '../../lib/oidc/bearer/provider-tokens.ts'
import type { TrustedIssuer } from '../../lib/options/token-issuers.ts'
import type { Store } from '../../lib/stores/store.ts'
import type { Vault } from '../../lib/vault.ts'
import { reasonOf } from '../oidc/bearer/_bench.ts'
import { createKey, ScriptedProvider } from '../oidc/_scripted-provider.ts'
import { oidc, publicUrl, settingsOf } from '../options/_refusal.ts'
import { NotedStore } from '../session/_noted-store.ts'
import { vaultOf } from '../session/_session.ts'

export const HOUR = 3_600_000
const keys = { archive: await createKey('one', 'ES256'), museum: await createKey('one', 'ES256') }

/** What an application trusts, beside who signs its people in. */
export interface ProcessOptions {
  readonly trustedIssuers?: Readonly<Record<string, object>>
  readonly vault?: Vault
  readonly store?: Store
  readonly userId?: (identity: object, claims: object) => string
}

/** One process of an application. */
export interface Process {
  readonly tokens: ProviderTokens
  readonly answers: PeerAnswers
  readonly peers: readonly TrustedIssuer[]
}

/** An application with two peers, whose processes share a store. Both peers call their key the same. */
export class PeerBench {
  readonly archive = new ScriptedProvider(keys.archive, 'https://archive.example')
  readonly museum = new ScriptedProvider(keys.museum, 'https://museum.example')
  readonly vault: Vault
  readonly store: NotedStore
  /** Milliseconds since 1970. */
  now = 1_800_000_000_000

  private constructor (vault: Vault) {
    this.vault = vault
    this.store = new NotedStore(() => this.now)
  }

  static async create (): Promise<PeerBench> {
    return new PeerBench(await vaultOf())
  }

  get trusted () {
    const { archive, museum } = this
    return {
      archive: { issuer: archive.issuer, fetch: archive.fetch, roles: { editor: 'guest-editor' } },
      museum: { issuer: museum.issuer, fetch: museum.fetch }
    }
  }

  /** A new process, which remembers nothing. */
  start (
    { trustedIssuers = this.trusted, vault = this.vault, store = this.store, ...options }: ProcessOptions = {}
  ): Process {
    const now = (): number => this.now
    const { bearer, broker } = settingsOf({ publicUrl, oidc, ...options, broker: { trustedIssuers } })
    if (bearer === undefined || broker === undefined) throw new Error('no broker')
    const { issuer, peers } = broker
    const answers = new PeerAnswers({ vault, store, issuer, now })
    const tokens = new ProviderTokens({
      settings: { issuers: peers, userId: bearer.userId },
      providerOf: () => undefined,
      logoutOf: () => undefined,
      keptOf: peer => answers.of(peer),
      now
    })
    return { tokens, answers, peers }
  }

  /** A token of a peer. */
  async token (peer: ScriptedProvider, more: object = {}, header: object = {}): Promise<string> {
    const seconds = this.now / 1000
    peer.header = { typ: 'at+jwt', ...header }
    return await peer.signJwt({
      iss: peer.issuer, sub: 'alice', aud: publicUrl, client_id: 'tool', jti: 'one', iat: seconds, exp: seconds + 300, ...more
    })
  }

  /** What becomes of a token: whom it is about, or why it is refused. */
  async verdict ({ tokens }: Process, text: string): Promise<string> {
    const verdict = await tokens.verify(text)
    return verdict instanceof BearerToken ? verdict.userId : reasonOf(verdict)
  }

  /** A process that has heard of the archive, and kept what it heard. */
  async heard (): Promise<Process> {
    const process = this.start()
    await this.verdict(process, await this.token(this.archive))
    while (this.kept.length < 2) await setImmediate()
    return process
  }

  /** Keys of the store that were written. */
  get kept (): readonly string[] {
    return [...this.store.written.keys()]
  }
}
