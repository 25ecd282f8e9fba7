const hosts = new Set(['localhost', '127.0.0.1', '[::1]'])
const protocols = new Set(['http:', 'https:'])

/** Whether an address belongs to this machine, without asking any name server. */
export function isLoopback (address: string): boolean {
  if (!URL.canParse(address)) return false
  const { hostname, protocol } = new URL(address)
  return protocols.has(protocol) && hosts.has(hostname)
}

/** What oidc-provider hands to its `fetch`: its dispatcher would refuse every loopback address. */
export interface OutgoingRequest extends RequestInit {
  readonly dispatcher?: NonNullable<RequestInit['dispatcher']>
}

/**
 * The provider's way to its clients, for logout tokens and keys: reaches this machine, and nothing else. It follows no
 * redirect, because that could leave the machine.
 */
export async function fetchLoopback (address: string, options: OutgoingRequest): Promise<Response> {
  if (!isLoopback(address)) throw new TypeError(`The development provider calls nobody outside this machine: ${address}`)
  const { dispatcher, ...request } = options
  return fetch(address, { ...request, redirect: 'manual' })
}
