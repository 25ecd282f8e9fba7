import { ProviderAnswerInvalid, ProviderUnavailable } from '../../errors.ts'
import type { Grant } from './grant.ts'
import { digestOfToken, type Notices, type Outage, type RefreshNotices } from './refresh-notices.ts'
import { isAfter, type Need } from './refreshed-grant.ts'
import type { KeptGrant, TokenVault } from './token-vault.ts'
import { isOver, tokenFor, wishKey } from './token-wish.ts'

/** What a session needs that its access tokens do not give it any more. */
export interface RefreshTask extends Need {
  readonly handle: string
}

export type RefreshOutcome =
  /** What the session has by now; `isFresh` where the provider has given it this moment. */
  | { readonly kind: 'granted', readonly grant: Grant, readonly isFresh: boolean }
  | { readonly kind: 'consent' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'failed', readonly error: unknown }

/** What the store says about a session, and about the refresh token that it has. */
export interface RefreshView {
  readonly kept: KeptGrant
  /** Newer than what is kept where only the one who refreshed has told of it yet. */
  readonly grant: Grant
  readonly told: Notices
}

const UNTOLD: Notices = Object.freeze({ notice: undefined, wasSent: false, outage: undefined })
/** So many refreshes in 30 seconds can be followed. */
const MOST_STEPS = 5

/** What a session has by now; undefined where it has ended. */
export async function look (
  vault: TokenVault, notices: RefreshNotices, handle: string
): Promise<RefreshView | undefined> {
  const kept = await vault.find(handle)
  if (kept === undefined) return undefined
  let { grant } = kept
  for (let step = 0; step < MOST_STEPS && grant.refreshToken !== undefined; step++) {
    const told = await notices.read(digestOfToken(grant.refreshToken))
    if (told.notice?.kind !== 'granted' || !isAfter(told.notice.grant, grant)) return { kept, grant, told }
    grant = told.notice.grant
  }
  return { kept, grant, told: UNTOLD }
}

function outageError (outage: Outage): Error {
  const options = { cause: new Error('The provider has just said so to another request') }
  return outage === 'invalid' ? new ProviderAnswerInvalid(options) : new ProviderUnavailable(options)
}

/**
 * What makes a refresh needless; undefined where there is no way around it.
 *
 * @param now seconds since 1970
 */
export function judge (
  { grant, wish, known }: RefreshTask, view: RefreshView, now: number
): RefreshOutcome | undefined {
  const token = tokenFor(view.grant, wish)
  const isNews = token !== undefined && token.accessToken !== known?.accessToken && !isOver(token, now)
  if (isNews || view.grant.refreshToken !== grant.refreshToken) {
    return { kind: 'granted', grant: view.grant, isFresh: false }
  }
  if (view.grant.refused?.includes(wishKey(wish)) === true) return { kind: 'consent' }
  const { notice, outage } = view.told
  if (notice?.kind === 'revoked') return { kind: 'revoked' }
  return outage === undefined ? undefined : { kind: 'failed', error: outageError(outage) }
}
