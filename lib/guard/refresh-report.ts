import type { FastifyBaseLogger } from 'fastify'
import type { LoginListeners } from '../events.ts'
import { providerErrorOf } from '../oidc/provider/failure.ts'

/** Listeners beside which the log hears of refreshes that failed: of some of them no request ever tells. */
export function withRefreshReport (
  listeners: LoginListeners, log: Pick<FastifyBaseLogger, 'info' | 'warn'>
): LoginListeners {
  return {
    ...listeners,
    refreshFailed (event) {
      const { provider, reason, error } = event
      const level = reason === 'consentRequired' ? 'info' : 'warn'
      log[level]({ provider, reason, providerError: providerErrorOf(error) }, 'fastify-login: an access token could not be refreshed')
      return listeners.refreshFailed?.(event)
    }
  }
}
