import type { Page } from './layout.ts'

/**
 * The page that nobody sees: it says to the provider, in whose frame it is, that it has been loaded.
 *
 * @param issuers who may show it; nobody where there are none
 */
export function frontchannelPage (issuers: readonly string[]): Page {
  const ancestors = issuers.length === 0 ? ["'none'"] : new Set(issuers.map(issuer => new URL(issuer).origin))
  return {
    body: '<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed out</title></html>\n',
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; frame-ancestors ${[...ancestors].join(' ')}`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff'
    }
  }
}
