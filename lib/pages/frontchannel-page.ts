import type { Page } from './layout.ts'

/**
 * The page that nobody sees: it says to the provider, in whose frame it is, that it has been loaded. Without an issuer
 * it is in nobody's.
 */
export function frontchannelPage (issuer: string | undefined): Page {
  return {
    body: '<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed out</title></html>\n',
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; frame-ancestors ${issuer === undefined ? "'none'" : new URL(issuer).origin}`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff'
    }
  }
}
