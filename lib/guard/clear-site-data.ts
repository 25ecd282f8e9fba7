import type { FastifyRequest } from 'fastify'
import type { Settings } from '../options/settings.ts'
import type { AnswerHeaders } from './answer.ts'

const HEADER = 'clear-site-data'

/**
 * Tells the browser of a person who has logged out what to forget (Clear Site Data, section 3.1). Only over https:
 * elsewhere browsers take no notice. A route that says it itself has its way; writing twice changes nothing.
 */
export function writeClearSiteData (
  headers: AnswerHeaders, request: FastifyRequest, { clearSiteData, publicUrl }: Settings
): void {
  const isSecure = publicUrl?.isSecure ?? request.protocol === 'https'
  if (clearSiteData === undefined || !isSecure || headers.get(HEADER) !== undefined) return
  headers.set(HEADER, clearSiteData)
}
