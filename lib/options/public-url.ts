import { isLoopbackHost } from '../loopback-host.ts'
import { assertText, isPlainPath, refuse } from './check.ts'

/** The address of the application as browsers see it. It alone decides our own address; the Host header never does. */
export interface PublicUrl {
  /** Scheme, host and port. */
  readonly origin: string
  /** Path without a slash at its end; empty where the application has the whole host. */
  readonly basePath: string
  readonly isSecure: boolean
  readonly isLoopback: boolean
  readonly hostname: string
  readonly port: string
}

/** Whether plain http is acceptable for this address: on loopback always, else only where the application says so. */
export function assertScheme (url: URL, allowHttp: boolean, option: string): void {
  if (url.protocol === 'https:') return
  if (url.protocol !== 'http:') refuse(option, 'must begin with https://.')
  if (isLoopbackHost(url.hostname) || allowHttp) return
  refuse(option, 'must begin with https://. Plain http is for loopback addresses; "oidc.allowHttp" allows it elsewhere, outside production.')
}

/** Whether requests may go to an address that a provider names: https, and plain http only where it is allowed. */
export function isAcceptableAddress (address: unknown, isPlainHttp: boolean): boolean {
  if (typeof address !== 'string' || !URL.canParse(address)) return false
  const { protocol } = new URL(address)
  return protocol === 'https:' || (protocol === 'http:' && isPlainHttp)
}

export function resolvePublicUrl (value: unknown, allowHttp: boolean): PublicUrl {
  assertText(value, 'publicUrl')
  if (!URL.canParse(value)) refuse('publicUrl', 'must be an address as https://app.example.com.')
  const url = new URL(value)
  assertScheme(url, allowHttp, 'publicUrl')
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    refuse('publicUrl', 'must have no user, query or fragment.')
  }
  const basePath = url.pathname.replace(/\/+$/, '')
  if (!isPlainPath(basePath)) refuse('publicUrl', 'must have a path as "/app", of letters, digits and - . _ ~ only.')
  return Object.freeze({
    origin: url.origin,
    basePath,
    isSecure: url.protocol === 'https:',
    isLoopback: isLoopbackHost(url.hostname),
    hostname: url.hostname,
    port: url.port
  })
}
