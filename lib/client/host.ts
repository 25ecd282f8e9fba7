import { isLoopbackHost } from '../loopback-host.ts'
import { ClientError } from './client-error.ts'
import { shownText } from './shown-text.ts'

/** Where somebody signs in. */
export interface Host {
  readonly url: URL
  /** As its metadata name it, and as the token file keeps it: `https://app.example.com`. */
  readonly issuer: string
  /** It is on plain http, which only this machine itself may be. */
  readonly isPlainHttp: boolean
}

function refuse (text: string, why: string): never {
  throw new ClientError('ARGUMENT_INVALID', `"${shownText(text)}" ${why}`)
}

function isLocal ({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && isLoopbackHost(hostname)
}

/** A name without a scheme is on https; on this machine, where nobody has a certificate, on http. */
function toUrl (text: string): URL {
  const isWhole = text.includes('://')
  const address = isWhole ? text : `https://${text}`
  if (!URL.canParse(address)) refuse(text, 'is no host. Write app.example.com or https://app.example.com/path.')
  const url = new URL(address)
  return !isWhole && isLoopbackHost(url.hostname) ? new URL(`http://${text}`) : url
}

/**
 * Reads what a person writes for a host.
 *
 * @throws ClientError `ARGUMENT_INVALID`
 */
export function parseHost (text: string): Host {
  const url = toUrl(text)
  if (url.protocol !== 'https:' && !isLocal(url)) {
    refuse(text, 'must begin with https://. Plain http is for this machine itself.')
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    refuse(`${url.origin}/…`, 'must have no user, query or fragment.')
  }
  const issuer = url.pathname === '/' ? url.origin : url.href
  return Object.freeze({ url, issuer, isPlainHttp: isLocal(url) })
}

/** Whether secrets may go to an address that a host names: https, or this machine where the host is on it too. */
export function mayReceive ({ isPlainHttp }: Host, address: unknown): address is string {
  if (typeof address !== 'string' || !URL.canParse(address)) return false
  const url = new URL(address)
  return url.protocol === 'https:' || (isPlainHttp && isLocal(url))
}

/** Whether an address is one that a person may be sent to. */
export function mayBeOpened ({ isPlainHttp }: Host, address: unknown): address is string {
  if (typeof address !== 'string' || !URL.canParse(address)) return false
  const { protocol } = new URL(address)
  return protocol === 'https:' || (isPlainHttp && protocol === 'http:')
}
