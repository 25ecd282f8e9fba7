import * as oauth from 'oauth4webapi'
import { bounded } from '../../bounded.ts'
import type { EndReason, LoginEvents } from '../../events.ts'
import { isAcceptableAddress } from '../../options/public-url.ts'
import type { Bounds } from '../provider/bounded-fetch.ts'
import { clientAuth } from '../provider/client-auth.ts'
import { toLoginError } from '../provider/failure.ts'
import type { Grant } from './grant.ts'
import type { Provider } from '../provider/provider.ts'
import type { TokenVault } from './token-vault.ts'

/** Milliseconds that the provider may take for all tokens of a session together. */
const PATIENCE = 2_000
/** Milliseconds after its end in which a refresh of a session can still be under way. */
const LATE = 30_000
/** So many access tokens of one session at most. */
const MOST_TOKENS = 8
/** The answer says nothing. */
const BOUNDS: Bounds = Object.freeze({ timeout: PATIENCE, maxBytes: 65_536 })

/**
 * Why a session ends whose tokens nobody will use again. Not `replaced`: there are providers whose own session ends
 * with the refresh token, and the new login came from it. Nor where the provider ended what it knows.
 */
const FINAL: ReadonlySet<EndReason> = new Set<EndReason>(['logout', 'ended', 'userRefused', 'reused'])

type Hint = 'refresh_token' | 'access_token'

/** The provider keeps no list of such tokens (RFC 7009, section 2.2.1): they end by themselves. */
function isBeyondRevocation (error: unknown, hint: Hint): boolean {
  return hint === 'access_token' && error instanceof oauth.ResponseBodyError && error.error === 'unsupported_token_type'
}

export interface RevocationParts {
  /** The provider that gave a grant; undefined where it is none of this application any more. */
  readonly providerOf: (grant: Grant) => Provider | undefined
  /** Wherever a grant may lie. */
  readonly vaults: readonly TokenVault[]
  readonly events: LoginEvents
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Tells a provider that tokens are no longer used (RFC 7009). No logout waits for it, and none fails because of it. */
export class Revocation {
  readonly #parts: RevocationParts
  readonly #underWay = new Set<Promise<void>>()

  constructor (parts: RevocationParts) {
    this.#parts = parts
  }

  /**
   * Forgets what a session was granted that has ended, and begins to tell the provider.
   *
   * @throws StoreUnavailable
   */
  async end (sessionHandle: string, reason: EndReason): Promise<void> {
    const { vaults, now } = this.#parts
    await Promise.all(vaults.map(async tokens => {
      if (!FINAL.has(reason)) return await tokens.handOver(sessionHandle, now() + LATE)
      const grant = await tokens.take(sessionHandle)
      if (grant !== undefined) this.#begin(this.#run(sessionHandle, grant))
    }))
  }

  /** Begins to tell the provider of tokens that came when their session had ended, unless its grant goes on. */
  revokeLate (sessionHandle: string, grant: Grant): void {
    this.#begin(this.#runLate(sessionHandle, grant))
  }

  /** Waits for what is under way, 2 seconds at most. */
  async settle (): Promise<void> {
    await Promise.all(this.#underWay)
  }

  #begin (run: Promise<void>): void {
    const work = run.finally(() => this.#underWay.delete(work))
    this.#underWay.add(work)
  }

  /** Where nobody can say whether the grant goes on, it is left alone: its tokens end by themselves. */
  async #runLate (sessionHandle: string, grant: Grant): Promise<void> {
    const asked = this.#parts.vaults.map(async tokens => await tokens.wasHandedOver(sessionHandle).catch(() => true))
    if (!(await Promise.all(asked)).includes(true)) await this.#run(sessionHandle, grant)
  }

  async #run (sessionHandle: string, grant: Grant): Promise<void> {
    const provider = this.#parts.providerOf(grant)
    if (provider === undefined) return
    try {
      await bounded(() => revoke(provider, grant), PATIENCE)
    } catch (reason) {
      this.#parts.events.emit('revocationFailed', { sessionHandle, provider: grant.provider, error: toLoginError(reason) })
    }
  }
}

/** All at once, the refresh token first: one that hangs keeps no other from being revoked. */
async function revoke (provider: Provider, { refreshToken, accessTokens }: Grant): Promise<void> {
  const server = await provider.server()
  if (!isAcceptableAddress(server.revocation_endpoint, provider.settings.isPlainHttp)) return
  const tokens = accessTokens.slice(-MOST_TOKENS).map(({ accessToken }) => accessToken)
  const results = await Promise.allSettled([
    ...refreshToken === undefined ? [] : [revokeOne(provider, server, refreshToken, 'refresh_token')],
    ...tokens.map(token => revokeOne(provider, server, token, 'access_token'))
  ])
  const failed = results.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}

async function revokeOne (
  { client, settings, requestWithin }: Provider, server: oauth.AuthorizationServer, token: string, hint: Hint
): Promise<void> {
  try {
    const response = await oauth.revocationRequest(server, client, clientAuth(settings, server), token, {
      ...requestWithin(BOUNDS), additionalParameters: { token_type_hint: hint }
    })
    await oauth.processRevocationResponse(response)
  } catch (error) {
    if (!isBeyondRevocation(error, hint)) throw error
  }
}
