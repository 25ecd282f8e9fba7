import { timingSafeEqual } from 'node:crypto'
import { bounded } from '../../bounded.ts'
import { POST_LOGOUT } from '../../options/provider-quirks.ts'
import { isAcceptableAddress } from '../../options/public-url.ts'
import type { Vault } from '../../vault.ts'
import type { Provider } from '../provider/provider.ts'
import { bindingDigest, createBinding, openBinding, sealBinding, TRANSACTION_LIFE } from '../login/transaction.ts'

/** How long a logout may wait for the provider's metadata, in milliseconds. Local logout never waits. */
const PATIENCE = 2_000

/** Characters of an address: common servers refuse one of more than about 8,000. */
const LONGEST_URL = 8_000

interface SealedLogout {
  readonly v: 1
  /** Where it ends. */
  readonly r: string
  /** When it began, in seconds since 1970. */
  readonly t: number
  /** Digest of the browser's secret. */
  readonly b: string
}

/** A logout that comes back from the provider. */
export interface BegunLogout {
  /** Goes to the provider and comes back. */
  readonly state: string
  /** New text of the binding cookie: no login that was begun before can be finished with it. */
  readonly binding: string
}

/** What the provider is told of a logout. */
export interface EndSession {
  /** Lets the provider log out without asking; where it was lost, or is too long, `client_id` says who sends them. */
  readonly idToken: string | undefined
  readonly postLogoutRedirectUri: string
  readonly state?: string | undefined
}

async function endpointOf ({ settings: { endSession }, server }: Provider): Promise<string | undefined> {
  if (endSession.endpoint !== undefined) return endSession.endpoint
  const known = await bounded(server, PATIENCE).catch(() => undefined)
  return known?.end_session_endpoint
}

/**
 * The address that ends the provider's session too (RP-Initiated Logout, section 2), or undefined where the provider
 * has none or does not answer.
 */
export async function endSessionUrl (
  provider: Provider, { idToken, postLogoutRedirectUri, state }: EndSession
): Promise<string | undefined> {
  const { endSession: { redirectParameter }, clientId, isPlainHttp } = provider.settings
  const endpoint = await endpointOf(provider)
  if (endpoint === undefined || !isAcceptableAddress(endpoint, isPlainHttp)) return undefined
  const url = new URL(endpoint)
  url.searchParams.set('client_id', clientId)
  url.searchParams.set(redirectParameter, postLogoutRedirectUri)
  if (state !== undefined) url.searchParams.set('state', state)
  const withoutHint = url.href
  if (idToken !== undefined && redirectParameter === POST_LOGOUT) url.searchParams.set('id_token_hint', idToken)
  return url.href.length > LONGEST_URL ? withoutHint : url.href
}

/** Logouts that go by the provider and end at a place that it need not know (RP-Initiated Logout, sections 2 and 3). */
export class LogoutFlow {
  readonly #vault: Vault
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor (vault: Vault, now: () => number) {
    this.#vault = vault
    this.#now = now
  }

  /** @param target where the logout ends */
  begin (target: string): BegunLogout {
    const at = this.#seconds()
    const binding = createBinding(at)
    const sealed: SealedLogout = { v: 1, r: target, t: at, b: bindingDigest(binding) }
    return { state: this.#vault.seal('logout-state', sealed), binding: sealBinding(this.#vault, binding) }
  }

  /**
   * Where a logout ends that this browser began here less than 10 minutes ago; undefined for any other state.
   *
   * @param bindingText value of the binding cookie
   */
  finish (state: unknown, bindingText: string | undefined): string | undefined {
    const sealed = typeof state === 'string'
      ? this.#vault.open('logout-state', state)?.payload as SealedLogout | undefined
      : undefined
    const binding = openBinding(this.#vault, bindingText, this.#seconds())
    if (sealed?.v !== 1 || binding === undefined || this.#seconds() >= sealed.t + TRANSACTION_LIFE) return undefined
    const isOurs = timingSafeEqual(Buffer.from(bindingDigest(binding)), Buffer.from(sealed.b))
    return isOurs ? sealed.r : undefined
  }

  #seconds (): number {
    return Math.floor(this.#now() / 1000)
  }
}
