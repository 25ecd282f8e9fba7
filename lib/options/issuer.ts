import type { PublicUrl } from './public-url.ts'

/** Stands in an issuer for the tenant, where a provider has many and an issuer for each. */
const PLACEHOLDER = '{tenantid}'

/** A name that can stand in an address without becoming another part of it. */
const tenantName = /^[A-Za-z0-9-]{1,64}$/

/** Whether an issuer is that of any tenant: `https://login.example/{tenantid}/v2.0`. */
export function isOfAnyTenant (issuer: string): boolean {
  return issuer.includes(PLACEHOLDER)
}

/** The issuer of one tenant; undefined for what is no name of one. */
export function issuerOfTenant (issuer: string, tenant: unknown): string | undefined {
  const isName = typeof tenant === 'string' && tenantName.test(tenant)
  return isName ? issuer.replaceAll(PLACEHOLDER, tenant) : undefined
}

/** Whether a text is the issuer, or that of one tenant where it is of any. */
export function isIssuer (issuer: string, text: unknown): text is string {
  if (text === issuer || typeof text !== 'string' || !isOfAnyTenant(issuer)) return text === issuer
  const tenant = text.slice(issuer.indexOf(PLACEHOLDER)).replace(/[^A-Za-z0-9-][^]*$/, '')
  return issuerOfTenant(issuer, tenant) === text
}

/** The same of who speaks: somebody in particular. */
export function isSpeaker (issuer: string, text: unknown): text is string {
  return isIssuer(issuer, text) && !isOfAnyTenant(text)
}

/** What this application calls itself where it gives tokens (RFC 8414, section 2). */
export function ownIssuer (
  { origin, basePath }: Pick<PublicUrl, 'origin' | 'basePath'>, broker: { readonly issuer: string } | undefined
): string {
  return broker?.issuer ?? origin + basePath
}
