import { ProviderUnavailable } from '../../errors.ts'
import type { LoginEventMap, LoginEvents } from '../../events.ts'
import type { Store } from '../../stores/store.ts'
import type { Grant } from './grant.ts'
import { keepRefreshed, type Place } from './keep-refreshed.ts'
import { PATIENCE, type Patience } from './patience.ts'
import type { Provider, UsableServer } from '../provider/provider.ts'
import { type FaultyAnswer, refresh, type RefreshAnswer } from './refresh.ts'
import { digestOfToken, LOCK, RefreshNotices } from './refresh-notices.ts'
import { judge, look, type RefreshOutcome, type RefreshTask, type RefreshView } from './refresh-view.ts'
import { toRefreshRequest, withAnswer, withoutRefreshToken, withRefused } from './refreshed-grant.ts'
import type { TokenFailure } from './token-failure.ts'
import type { TokenVault } from './token-vault.ts'
import { tokenFor } from './token-wish.ts'

export interface RefresherParts {
  readonly provider: Provider
  readonly vault: TokenVault
  /** What all processes of the application share. */
  readonly store: Store
  readonly events: LoginEvents
  /** Told of tokens whose session ended while they were on their way. Nobody else knows them. */
  readonly onOrphan?: (handle: string, grant: Grant) => void
  /** How time is measured and spent. @default the process's own clock and timers */
  readonly patience?: Patience
}

/** A refresh under way: nobody else uses its refresh token. */
interface Work {
  readonly task: RefreshTask
  readonly view: RefreshView
  readonly digest: string
  /** When it was locked, by the clock of `patience`. */
  readonly lockedAt: number
}

type Look =
  | { readonly outcome: RefreshOutcome, readonly view?: undefined }
  | { readonly outcome: undefined, readonly view: RefreshView }

/** Milliseconds: a waiter gives up; the last try begins, so that it ends before the lock does. */
const WAITING = 12_000
const LAST_START = 4_000
const POLL = Object.freeze({ least: 50, more: 200 })

/** Uses each refresh token once, however many requests in however many processes of one store need it. */
export class Refresher {
  readonly #parts: RefresherParts
  readonly #notices: RefreshNotices
  readonly #patience: Patience

  constructor (parts: RefresherParts) {
    const { provider, vault, store, patience = PATIENCE } = parts
    this.#parts = parts
    this.#notices = new RefreshNotices(vault, store, provider.now)
    this.#patience = patience
  }

  /** Refreshes, or waits until another process has. Never rejects. */
  async run (task: RefreshTask): Promise<RefreshOutcome> {
    try {
      const server = await this.#parts.provider.server()
      return await this.#take(task, server)
    } catch (error) {
      return { kind: 'failed', error }
    }
  }

  async #take (task: RefreshTask, server: UsableServer): Promise<RefreshOutcome> {
    const patience = this.#patience
    const digest = digestOfToken(task.grant.refreshToken)
    const giveUpAt = patience.now() + WAITING
    for (;;) {
      const lockedAt = patience.now()
      const unlock = await this.#notices.lock(digest)
      try {
        const { outcome, view } = await this.#look(task)
        if (outcome !== undefined) return outcome
        if (unlock !== undefined) return await this.#use({ task, view, digest, lockedAt }, server)
      } finally {
        // A lock that cannot be opened ends by itself.
        await unlock?.().catch(() => {})
      }
      if (patience.now() >= giveUpAt) throw new ProviderUnavailable({ cause: new Error('Another request still waits for it') })
      await patience.wait(POLL.least + Math.random() * POLL.more)
    }
  }

  async #look (task: RefreshTask): Promise<Look> {
    const view = await look(this.#parts.vault, this.#notices, task.handle)
    if (view === undefined) return { outcome: { kind: 'lost' } }
    const outcome = judge(task, view, Math.floor(this.#parts.provider.now() / 1000))
    return outcome === undefined ? { outcome, view } : { outcome }
  }

  async #use (work: Work, server: UsableServer): Promise<RefreshOutcome> {
    const { task, view, digest, lockedAt } = work
    const { provider } = this.#parts
    await this.#notices.markSent(digest, view.kept.expiresAt)
    const request = toRefreshRequest(task, provider.settings.scopes)
    const result = await refresh(provider, server, request, this.#patience, lockedAt + LAST_START)
    if (result.kind === 'answered') return await this.#onAnswer(work, result)
    if (result.kind === 'faulty') return await this.#onFaulty(work, result)
    const mayBeSpent = view.told.wasSent || result.mayBeDone
    if (result.kind === 'refused') return await this.#onRefused(work, result, mayBeSpent)
    if (!mayBeSpent) await quietly(this.#notices.unmark(digest))
    return result.kind === 'consent' ? await this.#onConsent(work, result) : await this.#onOutage(task, digest, result.error)
  }

  async #onAnswer (work: Work, answer: RefreshAnswer): Promise<RefreshOutcome> {
    const { task, view } = work
    const { events, provider: { settings: { name } } } = this.#parts
    const grant = withAnswer({ ...view.grant, refreshToken: task.grant.refreshToken }, answer, task)
    const kept = await keepRefreshed(this.#placeOf(work), grant)
    if (kept === 'ended') return this.#orphan(task, grant)
    if (kept === 'kept') events.emit('refreshed', { sessionHandle: task.handle, provider: name, scopes: answer.token.scopes })
    else this.#tellFailure(task, 'unavailable', kept)
    return { kind: 'granted', grant, isFresh: true }
  }

  /** Nothing of such an answer is used, but the refresh token before it is spent. */
  async #onFaulty (work: Work, { refreshToken, error }: FaultyAnswer): Promise<RefreshOutcome> {
    const { task, view } = work
    const grant = { ...view.grant, refreshToken }
    const kept = await keepRefreshed(this.#placeOf(work), grant)
    return kept === 'ended' ? this.#orphan(task, grant) : await this.#onOutage(task, digestOfToken(refreshToken), error)
  }

  /** Believed only after a second look: whoever was faster may have spent the refresh token, and got another. */
  async #onRefused ({ task, digest }: Work, { error }: TokenFailure, mayBeSpent: boolean): Promise<RefreshOutcome> {
    const { outcome, view } = await this.#look(task)
    if (outcome !== undefined) return outcome
    this.#tellFailure(task, 'refused', error)
    if (mayBeSpent) {
      const grant = withoutRefreshToken(view.grant, tokenFor(view.grant, task.wish))
      await quietly(this.#parts.vault.replace(view.kept, grant))
      return { kind: 'lost' }
    }
    await quietly(this.#notices.tell(digest, { kind: 'revoked' }))
    return { kind: 'revoked' }
  }

  async #onConsent ({ task, view }: Work, { error }: TokenFailure): Promise<RefreshOutcome> {
    this.#tellFailure(task, 'consentRequired', error)
    await quietly(this.#parts.vault.replace(view.kept, withRefused(view.grant, task.wish)))
    return { kind: 'consent' }
  }

  async #onOutage (task: RefreshTask, digest: string, error: Error): Promise<RefreshOutcome> {
    this.#tellFailure(task, 'unavailable', error)
    await quietly(this.#notices.tellOutage(digest, error instanceof ProviderUnavailable ? 'unavailable' : 'invalid'))
    return { kind: 'failed', error }
  }

  #orphan ({ handle }: RefreshTask, grant: Grant): RefreshOutcome {
    this.#parts.onOrphan?.(handle, grant)
    return { kind: 'lost' }
  }

  #placeOf ({ task, view, lockedAt }: Work): Place {
    const { vault } = this.#parts
    const { refreshToken: used } = task.grant
    return { vault, notices: this.#notices, patience: this.#patience, kept: view.kept, used, until: lockedAt + LOCK }
  }

  #tellFailure (
    { handle }: RefreshTask, reason: LoginEventMap['refreshFailed']['reason'], error: Error
  ): void {
    const { events, provider: { settings: { name } } } = this.#parts
    events.emit('refreshFailed', { sessionHandle: handle, provider: name, reason, error })
  }
}

/** For what is only a kindness to others: the outcome is known without it. */
async function quietly (write: Promise<unknown>): Promise<void> {
  await write.catch(() => {})
}
