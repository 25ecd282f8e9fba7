/** Members of a JWK that nobody else must know (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1; RFC 8037, section 2). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** Whether a JWK that is shown to others has a part that must not be. */
export function hasPrivatePart (jwk: object): boolean {
  return PRIVATE.some(name => Object.hasOwn(jwk, name))
}
