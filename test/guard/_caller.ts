/** Value of an Authorization header with basic credentials, as UTF-8. */
export function basic (name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
}

/** The headers of a request with basic credentials. */
export function withBasic (name: string, password: string): { readonly headers: { readonly authorization: string } } {
  return { headers: { authorization: basic(name, password) } }
}
