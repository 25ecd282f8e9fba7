import { bounded } from '../../bounded.ts'
import { ProviderUnavailable, StoreUnavailable } from '../../errors.ts'
import { type Grant, type GrantedToken, isFrom } from './grant.ts'
import { PATIENCE, type Patience } from './patience.ts'
import { digestOfToken, LOCK } from './refresh-notices.ts'
import { Refresher, type RefresherParts } from './refresher.ts'
import type { RefreshOutcome, RefreshTask } from './refresh-view.ts'
import { isRefreshable } from './refreshed-grant.ts'
import { toUsable, type UsableToken } from './service-fetch.ts'
import { isDue, isOver, tokenFor, type TokenWish, wasAskedFor, wishKey } from './token-wish.ts'

export type { TokenWish } from './token-wish.ts'

/** What an application gets that asks for an access token of a session. */
export type TokenAnswer =
  | { readonly kind: 'token', readonly token: UsableToken, readonly grant: Grant }
  /** A scope is missing: all scopes to ask the person for. */
  | { readonly kind: 'consent', readonly scopes: readonly string[] }
  /** The tokens do not work any more, or may not; a sign-in, which may be a silent one, gets new ones. */
  | { readonly kind: 'lost' }
  /** Nothing is known here of what the session was granted; it is had again in the same way. */
  | { readonly kind: 'unknown' }
  /** The provider took the grant back. */
  | { readonly kind: 'revoked' }

/** A refresh of this process that is under way. */
interface Flight {
  readonly wish: string
  readonly outcome: Promise<RefreshOutcome>
}

/** Milliseconds until somebody who waits behind others gives up. */
const WAITING = 12_000

const LOST: TokenAnswer = Object.freeze({ kind: 'lost' })

/**
 * The access tokens of sessions: kept ones while they are good, new ones for a refresh token when they are not. Each
 * refresh token is used once, by whichever process of those that share the store is first.
 *
 * @example
 * const tokens = new AccessTokens({ provider, vault, store, events })
 * const answer = await tokens.find(sessionHandle, { scopes: ['mail.read'], resource: undefined })
 */
export class AccessTokens {
  readonly #parts: RefresherParts
  readonly #refresher: Refresher
  readonly #patience: Patience
  readonly #flights = new Map<string, Flight>()

  constructor (parts: RefresherParts) {
    this.#parts = parts
    this.#refresher = new Refresher(parts)
    this.#patience = parts.patience ?? PATIENCE
  }

  /** @throws ProviderUnavailable, ProviderAnswerInvalid, StoreUnavailable */
  async find (handle: string, { scopes, resource }: TokenWish): Promise<TokenAnswer> {
    const { provider: { settings }, vault } = this.#parts
    const kept = await vault.find(handle)
    if (kept === undefined) return { kind: 'unknown' }
    if (!isFrom(kept.grant, settings) || !isBoundAs(kept.grant, settings)) return LOST
    const wish = { scopes, resource: resource ?? settings.resources[0] }
    const isOut = isRefreshable(kept.grant) ? isDue : isOver
    return await this.#answer(handle, wish, kept.grant, token => !isOut(token, this.#seconds()))
  }

  /** Waits for the refreshes of this process, so that none is spent in vain; 15 seconds at most. */
  async settle (): Promise<void> {
    const outcomes = [...this.#flights.values()].map(({ outcome }) => outcome)
    // After that another process may refresh again.
    await bounded(() => Promise.all(outcomes), LOCK).catch(() => {})
  }

  /** Refreshes, or waits for who does, until the wish is answered. */
  async #answer (
    handle: string, wish: TokenWish, grant: Grant, isGood: (token: GrantedToken) => boolean
  ): Promise<TokenAnswer> {
    const giveUpAt = this.#patience.now() + WAITING
    for (;;) {
      const known = tokenFor(grant, wish)
      if (known !== undefined && isGood(known)) return this.#toAnswer(known, grant)
      if (!isRefreshable(grant) || !mayRefresh(grant, wish, known)) return withoutRefresh(grant, wish, known)
      if (this.#patience.now() >= giveUpAt) throw new ProviderUnavailable({ cause: new Error('Others still wait for it') })
      const { outcome, isShared } = await this.#join({ handle, grant, wish, known })
      if (outcome.kind === 'lost' || outcome.kind === 'revoked') return outcome
      if (outcome.kind === 'failed') return this.#orStale(outcome.error, grant, known)
      if (outcome.kind === 'consent' && isShared) return toConsent(grant, wish)
      const next = outcome.kind === 'granted' ? outcome.grant : (await this.#parts.vault.find(handle))?.grant
      if (next === undefined) return LOST
      grant = next
      const isFresh = isShared && outcome.kind === 'granted' && outcome.isFresh
      isGood = token => isFresh || !isOver(token, this.#seconds())
    }
  }

  /** The refresh of a refresh token that is under way in this process, or a new one. */
  async #join (task: RefreshTask): Promise<{ readonly outcome: RefreshOutcome, readonly isShared: boolean }> {
    const digest = digestOfToken(task.grant.refreshToken)
    const wish = wishKey(task.wish)
    const flight = this.#flights.get(digest) ?? this.#start(digest, wish, task)
    return { outcome: await flight.outcome, isShared: flight.wish === wish }
  }

  #start (digest: string, wish: string, task: RefreshTask): Flight {
    const outcome = this.#refresher.run(task).finally(() => { this.#flights.delete(digest) })
    const flight = { wish, outcome }
    this.#flights.set(digest, flight)
    return flight
  }

  /** A token that should be got anew but has not ended is better than none. */
  #orStale (error: unknown, grant: Grant, known: GrantedToken | undefined): TokenAnswer {
    const isTransient = error instanceof ProviderUnavailable || error instanceof StoreUnavailable
    if (!isTransient || known === undefined || isOver(known, this.#seconds())) throw error
    return this.#toAnswer(known, grant)
  }

  #toAnswer (token: GrantedToken, grant: Grant): TokenAnswer {
    return { kind: 'token', token: toUsable(this.#parts.provider, token, grant.dpopKey), grant }
  }

  #seconds (): number {
    return Math.floor(this.#parts.provider.now() / 1000)
  }
}

/** Whether tokens are of the type that the application counts on: DPoP may have been switched on or off meanwhile. */
function isBoundAs ({ dpopKey }: Grant, { dpop }: { readonly dpop: boolean }): boolean {
  return (dpopKey !== undefined) === dpop
}

/** Whether a refresh can fulfil a wish: the person was asked for it, and no refresh was refused it. */
function mayRefresh (grant: Grant, wish: TokenWish, known: GrantedToken | undefined): boolean {
  return grant.refused?.includes(wishKey(wish)) !== true && (known !== undefined || wasAskedFor(grant, wish))
}

function toConsent (grant: Grant, wish: TokenWish): TokenAnswer {
  return { kind: 'consent', scopes: [...new Set([...grant.scopes, ...wish.scopes])] }
}

/** A token that has ended can be had again by a sign-in as before; what was never granted has to be asked for. */
function withoutRefresh (grant: Grant, wish: TokenWish, known: GrantedToken | undefined): TokenAnswer {
  const hadIt = known !== undefined || (grant.accessTokens.length === 0 && wasAskedFor(grant, wish))
  return hadIt && !isRefreshable(grant) ? LOST : toConsent(grant, wish)
}
