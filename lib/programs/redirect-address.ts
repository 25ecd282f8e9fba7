import type { ProgramSettings } from '../options/program-settings.ts'

/** Up to the port, and after it: nothing else of a loopback address may differ. */
const loopback = /^(http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]))(?::[1-9]\d{0,4})?((?:[/?].*)?)$/

function withoutPort (address: string): string | undefined {
  const [, host, path] = loopback.exec(address) ?? []
  return host === undefined || path === undefined ? undefined : host + path
}

/**
 * Whether an address is registered: character for character, but for the port of this machine itself, which a program
 * takes as it gets it (RFC 8252, sections 7.3 and 8.4).
 */
export function isRegistered (address: string, registered: readonly string[]): boolean {
  if (registered.includes(address)) return true
  const plain = withoutPort(address)
  return plain !== undefined && URL.canParse(address) && registered.some(one => withoutPort(one) === plain)
}

/** The address that a request means: the one that it says, or the only one there is; undefined where none is meant. */
export function redirectOf (
  { redirectUris }: ProgramSettings, said: string | undefined
): string | undefined {
  if (said !== undefined) return isRegistered(said, redirectUris) ? said : undefined
  return redirectUris.length === 1 ? redirectUris[0] : undefined
}

/** The address with what is said to the program (RFC 6749, section 4.1.2). What was in its query stays. */
export function withAnswer (address: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value)
  return `${address}${address.includes('?') ? '&' : '?'}${query}`
}

/** Whose page it leads to; undefined for a program on the person's own machine. */
export function siteOf (address: string): string | undefined {
  const { protocol, host } = new URL(address)
  return protocol === 'https:' ? host : undefined
}
