import { isSpeaker } from '../../options/issuer.ts'
import type { Grant } from '../tokens/grant.ts'
import { isFrom } from '../tokens/grant.ts'
import type { OidcClient } from './oidc-client.ts'

/** Our clients at all providers of an application. */
export class OidcClients {
  readonly #all: ReadonlyMap<string, OidcClient>

  constructor (clients: readonly OidcClient[]) {
    this.#all = new Map(clients.map(client => [client.provider.settings.name, client]))
  }

  get all (): readonly OidcClient[] {
    return [...this.#all.values()]
  }

  get names (): readonly string[] {
    return [...this.#all.keys()]
  }

  /** The client at a provider, by the name that it has in this application. */
  find (name: string | undefined): OidcClient | undefined {
    return name === undefined ? undefined : this.#all.get(name)
  }

  /** The only one; undefined where there are several. */
  get only (): OidcClient | undefined {
    return this.#all.size === 1 ? this.all[0] : undefined
  }

  /** The one that got a grant, where it still is the same. */
  behind (grant: Pick<Grant, 'provider' | 'issuer' | 'clientId'>): OidcClient | undefined {
    const client = this.find(grant.provider)
    return client !== undefined && isFrom(grant, client.provider.settings) ? client : undefined
  }

  /** Those at an issuer: an application may have several at one. */
  at (issuer: unknown): readonly OidcClient[] {
    return this.all.filter(({ provider }) => isSpeaker(provider.settings.issuer, issuer))
  }
}
