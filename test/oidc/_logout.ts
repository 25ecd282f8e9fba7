import type { Response } from './_site.ts'

export const LOGGED_OUT = 'https://app.example.com/auth/logged-out'

/** The parameters that a logout takes to the provider. */
export function providerLogout ({ statusCode, headers }: Response): Record<string, string> | undefined {
  const url = new URL(String(headers.location))
  if (statusCode !== 303 || url.origin + url.pathname !== 'https://id.example.com/logout') return undefined
  return Object.fromEntries(url.searchParams)
}
