import { StoreUnavailable } from '../../errors.ts'
import type { Patience } from './patience.ts'
import { digestOfToken, type RefreshNotices } from './refresh-notices.ts'
import type { RefreshableGrant } from './refreshed-grant.ts'
import type { KeptGrant, TokenVault } from './token-vault.ts'

/** Where the new tokens of a session are to be written. */
export interface Place {
  readonly vault: TokenVault
  readonly notices: RefreshNotices
  readonly patience: Patience
  /** What was read there. */
  readonly kept: KeptGrant
  /** The refresh token that was used. */
  readonly used: string
  /** By the clock of `patience`. */
  readonly until: number
}

/** Milliseconds. */
const PAUSE = 250

async function write ({ vault, kept, used }: Place, next: RefreshableGrant): Promise<'kept' | 'ended'> {
  if (await vault.replace(kept, next) !== undefined) return 'kept'
  const place = await vault.find(kept.handle)
  if (place === undefined) return 'ended'
  // A write that failed may have been done all the same; and whoever wrote another refresh token knows a later one.
  if (place.grant.refreshToken !== used || await vault.replace(place, next) !== undefined) return 'kept'
  throw new Error('The tokens of this session change all the time')
}

/**
 * Writes what a refresh gave over what was read, then tells those who come late. Where the store fails it is tried
 * again and again, as long as nobody else may use the refresh token.
 *
 * @returns 'ended' where the session was meanwhile; or what the store failed with at last
 */
export async function keepRefreshed (place: Place, next: RefreshableGrant): Promise<'kept' | 'ended' | Error> {
  const { notices, patience, until } = place
  const digest = digestOfToken(place.used)
  for (;;) {
    try {
      const outcome = await write(place, next)
      // Who took the grant over has the refresh token that is spent now, and looks here for the next one.
      if (outcome === 'ended' && !await place.vault.wasHandedOver(place.kept.handle)) await notices.unmark(digest)
      else await notices.tell(digest, { kind: 'granted', grant: next })
      return outcome
    } catch (cause) {
      if (patience.now() + PAUSE > until) return new StoreUnavailable({ cause })
      await patience.wait(PAUSE)
    }
  }
}
