import type { FastifyRequest } from 'fastify'
import type { ProofEvidence } from '../bearer-token.ts'
import type { Settings } from '../options/settings.ts'
import { clientCertificateOf } from './client-certificate.ts'
import { toPublicPath } from './return-paths.ts'

/** What a router leaves out of a request target in absolute form (RFC 9112, section 3.2.2). */
const absoluteForm = /^https?:\/\/.*?\//
/** What an address resolves and a router takes as it is. Who makes a proof for an address sends none of it. */
const twofold = /[\\\s]|\/(\.|%2e){1,2}(\/|$)/i

/** Node joins headers of one name with commas, which nobody can take apart again. */
function proofsOf ({ raw: { rawHeaders } }: Pick<FastifyRequest, 'raw'>): readonly string[] {
  return rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'dpop')
}

/** Empty where a request asks for no path, or for two: no proof is for that. The Host header decides nothing. */
function urlOf ({ originalUrl }: FastifyRequest, { publicUrl }: Pick<Settings, 'publicUrl'>): string {
  const [path] = originalUrl.replace(absoluteForm, '/').split(/[?#]/, 1) as [string]
  const isPlain = path.startsWith('/') && !twofold.test(path)
  return publicUrl !== undefined && isPlain ? publicUrl.origin + toPublicPath(publicUrl, path) : ''
}

/** What a request proves beside its token. Nothing of it is read before somebody asks. */
export function proofEvidence (
  request: FastifyRequest, scheme: ProofEvidence['scheme'], settings: Pick<Settings, 'publicUrl' | 'bearer'>
): ProofEvidence {
  return {
    scheme,
    method: request.method,
    get proofs () { return proofsOf(request) },
    get url () { return urlOf(request, settings) },
    certificate: () => clientCertificateOf(request, settings)
  }
}
