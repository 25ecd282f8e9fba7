import type { FastifyRequest } from 'fastify'
import type { Evidence } from '../user.ts'
import { hasBasicCredentials } from './basic-credentials.ts'
import type { RealmParts } from './realm-parts.ts'
import type { Via } from './via.ts'

type Asking = Pick<RealmParts, 'settings' | 'challenge' | 'callers'>

/** The evidence that would help a stranger: what the guard takes, and where the header decided alone only that. */
export function helpfulEvidence (
  { callers }: Asking, request: FastifyRequest, via: Via
): readonly Evidence[] {
  if (via === undefined) return ['cookie', ...callers?.authenticators.map(({ name }) => name) ?? []]
  return via.includes('basic') && hasBasicCredentials(request) ? ['basic'] : via
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
  { settings: { basic, realm }, challenge }: Asking, request: FastifyRequest, evidence: readonly Evidence[]
): string {
  const takesCookie = evidence.includes('cookie')
  const challenges: string[] = []
  if (basic !== undefined && evidence.includes('basic') && !(takesCookie && isFromBrowser(request))) {
    challenges.push(`Basic realm="${basic.realm}", charset="UTF-8"`)
  }
  if (takesCookie) challenges.push(challenge)
  if (challenges.length === 0) challenges.push(...evidence.map(name => `${name} realm="${realm}"`))
  return challenges.join(', ')
}
