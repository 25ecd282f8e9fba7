import type { FastifyRequest } from 'fastify'
import { X509Certificate } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import { ArgumentInvalid, StoreUnavailable } from '../errors.ts'
import type { BearerOptions } from '../options/bearer-options.ts'
import type { Settings } from '../options/settings.ts'
import { isRefusal } from './is-refusal.ts'

type ReadCertificate = NonNullable<BearerOptions['clientCertificate']>

/** What the application says of the client, where a proxy ends TLS. */
function ask (read: ReadCertificate, request: FastifyRequest): unknown {
  try {
    return read(request)
  } catch (cause) {
    if (isRefusal(cause)) throw cause
    request.log.error({ err: cause }, 'fastify-login: "bearer.clientCertificate" failed')
    throw new StoreUnavailable({ cause })
  }
}

function bytesOf (answer: unknown): Uint8Array | undefined {
  if (answer === undefined || answer === null) return undefined
  if (typeof answer === 'string' || answer instanceof Uint8Array) {
    try {
      return new X509Certificate(answer).raw
    } catch {
      return undefined
    }
  }
  if (answer instanceof Promise) answer.catch(() => {}) // Nobody waits for it: a failure of it would end the process.
  throw new ArgumentInvalid('The option "bearer.clientCertificate" must return a certificate as DER bytes or PEM text, or nothing.')
}

/**
 * The certificate that the client of a request has shown, as DER bytes; undefined where it has shown none. Where the
 * application says it, it alone does: the connection is then that of a proxy.
 *
 * @throws StoreUnavailable, ArgumentInvalid, and what the application refuses a request with
 */
export function clientCertificateOf (
  request: FastifyRequest, { bearer }: Pick<Settings, 'bearer'>
): Uint8Array | undefined {
  const read = bearer?.clientCertificate
  if (read !== undefined) return bytesOf(ask(read, request))
  const { socket } = request.raw
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined
}
