import type { FastifyRequest } from 'fastify'
import { SIGNING_ALGS } from '../options/oidc-settings.ts'
import type { Evidence } from '../user.ts'
import { hasBasicCredentials } from './basic-credentials.ts'
import { tokenScheme } from './bearer-credentials.ts'
import type { RealmParts } from './realm-parts.ts'
import { takesTokens, type Via } from './via.ts'

type Asking = Pick<RealmParts, 'settings' | 'challenge' | 'callers' | 'resourceMetadata'>

/** The evidence that would help a stranger: what the guard takes, and where the header decided alone only that. */
export function helpfulEvidence (
  { callers }: Asking, request: FastifyRequest, via: Via
): readonly Evidence[] {
  const bearer: readonly Evidence[] = takesTokens(via, callers) ? ['bearer'] : []
  if (bearer.length > 0 && tokenScheme(request) !== undefined) return bearer
  if (via === undefined) return ['cookie', ...bearer, ...callers?.authenticators.map(({ name }) => name) ?? []]
  return via.includes('basic') && hasBasicCredentials(request) ? ['basic'] : via
}

/** Texts that stand between quotes: all of them are ours, or were checked as options. */
type ChallengeParameters = Readonly<Record<string, string | undefined>>

/**
 * The challenge of a service that takes access tokens (RFC 6750, section 3; RFC 9449, section 7.1), with the address
 * where programs learn who gives them (RFC 9728, section 5.1).
 */
export function bearerChallenge (
  { settings, resourceMetadata }: Pick<RealmParts, 'settings' | 'resourceMetadata'>, scheme: 'bearer' | 'dpop',
  parameters: ChallengeParameters = {}
): string {
  const algs = scheme === 'dpop' ? SIGNING_ALGS.join(' ') : undefined
  const all = { realm: settings.realm, ...parameters, algs, resource_metadata: resourceMetadata }
  const written = Object.entries(all).flatMap(([name, value]) => value === undefined ? [] : [`${name}="${value}"`])
  return `${scheme === 'dpop' ? 'DPoP' : 'Bearer'} ${written.join(', ')}`
}

/** Whether a browser sends the request (Fetch Metadata Request Headers, section 2.3). */
function isFromBrowser ({ headers }: FastifyRequest): boolean {
  return headers['sec-fetch-site'] !== undefined
}

/**
 * Value of `WWW-Authenticate` (RFC 9110, section 11.6.1). A browser that could as well sign in is not asked for a
 * password: it would open a dialog of its own over the page.
 */
export function challengeFor (
  asking: Asking, request: FastifyRequest, evidence: readonly Evidence[]
): string {
  const { settings: { basic, realm }, challenge } = asking
  const takesCookie = evidence.includes('cookie')
  const challenges: string[] = []
  if (evidence.includes('bearer')) challenges.push(bearerChallenge(asking, tokenScheme(request) ?? 'bearer'))
  if (basic !== undefined && evidence.includes('basic') && !(takesCookie && isFromBrowser(request))) {
    challenges.push(`Basic realm="${basic.realm}", charset="UTF-8"`)
  }
  if (takesCookie) challenges.push(challenge)
  if (challenges.length === 0) challenges.push(...evidence.map(name => `${name} realm="${realm}"`))
  return challenges.join(', ')
}
