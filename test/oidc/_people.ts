import { buildSite, type Response, type Site, type SiteOptions, type Visitor } from './_site.ts'

export const ROOT = 'https://app.example.com/'
export const SESSION = '__Host-login'
export const BINDING = '__Host-login-binding'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

interface Peopled {
  readonly site: Site
  /** Somebody who is signed in. */
  readonly alice: Visitor
  readonly stranger: Visitor
}

export async function peopled (t: Teardown, options?: SiteOptions): Promise<Peopled> {
  const site = await buildSite(t, options)
  return { site, alice: await site.signedIn(), stranger: site.visitor() }
}

/** Whether an answer sends the browser to the provider once more. */
export function isRestart ({ statusCode, headers }: Response): boolean {
  return statusCode === 302 && String(headers.location).startsWith('https://id.example.com/authorize')
}

/** Return paths that leave the site, are none, are too long, or lead to a page of ours. */
export const evilPaths: readonly unknown[] = [
  '//evil.example', '///evil.example', '/\\evil.example', '\\\\evil.example', '/.//evil.example', '/a/..//evil.example',
  '/\t/evil.example', '/\n/evil.example', '/ /evil.example', '/\u0000', 'https://evil.example/', 'javascript:alert(1)',
  'evil.example', '', `/${'a'.repeat(1024)}`, '/auth/login', '/auth/callback?code=a', '/auth/logout', '/auth/logged-out', 7,
  null, {}
]
