import type { FastifyRequest } from 'fastify'
import type { Settings } from '../options/settings.ts'
import type { ProofEvidence } from './access-proof.ts'
import { toPublicPath } from './return-paths.ts'

/** What a request proves beside its token. The Host header decides nothing. */
export function proofEvidence (
  request: FastifyRequest, scheme: ProofEvidence['scheme'], { publicUrl }: Pick<Settings, 'publicUrl'>
): ProofEvidence {
  const { rawHeaders } = request.raw
  const proofs = rawHeaders.filter((_value, index) => rawHeaders[index - 1]?.toLowerCase() === 'dpop' && index % 2 === 1)
  const [path = ''] = request.originalUrl.split('?')
  const url = publicUrl === undefined ? path : publicUrl.origin + toPublicPath(publicUrl, path)
  return { scheme, proofs, method: request.method, url, certificate: () => undefined }
}
