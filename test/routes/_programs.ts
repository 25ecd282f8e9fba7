import type { ProgramOptions } from '../../lib/options/program-options.ts'
import { buildSite, type Response, type Site, type SiteOptions, type Visitor } from '../oidc/_site.ts'
import { LOOPBACK, type Pkce, pkce } from '../programs/_bench.ts'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

export const PROGRAMS: Readonly<Record<string, ProgramOptions>> = {
  cli: { label: 'Reports', redirectUris: [LOOPBACK], scopes: ['reports.read'], passThrough: true },
  web: {
    redirectUris: ['https://tool.example.com/callback?x=1'], secret: 'a secret', scopes: ['mail.read'], passThrough: true
  },
  old: { redirectUris: ['com.example.old:/callback'], requirePkce: false, passThrough: true }
}

export const PORT = 'http://127.0.0.1:4711/callback'

/** An application with programs that get the tokens of its provider. */
export async function programSite (t: Teardown, options: SiteOptions = {}): Promise<Site> {
  return await buildSite(t, { programs: PROGRAMS, ...options })
}

export type Parameters = Readonly<Record<string, string | undefined>>

/** The authorization request of `cli`, changed as a test wants it. */
export function authorizePath ({ challenge }: Pkce = pkce(), changes: Parameters = {}): string {
  const parameters = {
    response_type: 'code',
    client_id: 'cli',
    redirect_uri: PORT,
    state: 'of the program',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes
  }
  const query = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return `/auth/authorize?${new URLSearchParams(query)}`
}

/** What the page that asks the person has sealed in it. */
export function sealedIn ({ body }: Response): string {
  return /name="request" value="([^"]+)"/.exec(body)?.[1] ?? ''
}

/** A person who agrees; gives the address of the provider. */
export async function agree (visitor: Visitor, page: string, form: Parameters = { action: 'continue' }): Promise<Response> {
  const request = sealedIn(await visitor.get(page))
  return await visitor.post('/auth/authorize', new URLSearchParams({ request, ...form } as Record<string, string>).toString())
}

/** Where a program gets its answer. */
export function answerOf ({ headers }: Response): URLSearchParams {
  return new URL(String(headers.location)).searchParams
}

/** The whole way of a person, from the program back to it. */
export async function authorized (site: Site, page: string, visitor = site.visitor()): Promise<URLSearchParams> {
  const begun = await agree(visitor, page)
  return answerOf(await visitor.deliver(String(begun.headers.location)))
}

/** A request for the token endpoint, or another one, as a program sends it. */
export async function ask (
  site: Site, fields: Parameters, headers: Record<string, string> = {}, url = '/auth/token'
): Promise<Response> {
  const sent = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return await site.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(sent).toString()
  })
}

/** The first tokens of `cli`. */
export async function tokensOf (site: Site, changes: Parameters = {}): Promise<Record<string, unknown>> {
  const proof = pkce()
  const code = (await authorized(site, authorizePath(proof, changes))).get('code') ?? ''
  const answer = await ask(site, {
    grant_type: 'authorization_code', client_id: 'cli', code, redirect_uri: PORT, code_verifier: proof.verifier
  })
  return answer.json()
}
