import type { Test } from 'tap'
import type { JWTPayload } from 'jose'
import type { OidcOptions } from '../../../lib/index.ts'
import { buildSite, type Site, type SiteOptions, type Visitor } from '../_site.ts'
import { json, ScriptedProvider } from '../_scripted-provider.ts'
import type { Fixture } from './_fixtures.ts'

/** What every preset is told. */
export interface CommonOptions {
  readonly clientId: string
  readonly clientSecret: string
  readonly fetch: typeof globalThis.fetch
}

/** A provider that has the addresses of a fixture and signs with a key of its own. */
export class Vendor {
  readonly scripted: ScriptedProvider
  readonly common: CommonOptions
  /** Whether anybody of any tenant signs in. */
  readonly isOfMany: boolean
  /** Members of the keys, beside what makes them keys. */
  keyMembers: Readonly<Record<string, unknown>> = {}
  /** Addresses that were asked. */
  readonly asked: string[] = []

  constructor (scripted: ScriptedProvider, fixtures: readonly Fixture[]) {
    this.scripted = scripted
    this.isOfMany = fixtures[0]?.document.issuer.includes('{tenantid}') === true
    scripted.metadata = { ...fixtures[0]?.document, end_session_endpoint: fixtures[0]?.document['end_session_endpoint'] }
    scripted.claims = { iss: fixtures[0]?.document.issuer ?? '' }
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const url = String(input)
      this.asked.push(url)
      const fixture = fixtures.find(({ discoveryUrl }) => discoveryUrl === url)
      if (fixture !== undefined) return json(fixture.document)
      const hasKeys = fixtures.some(({ document }) => document.jwks_uri === url)
      if (hasKeys) return json({ keys: scripted.keys.map(({ jwk }) => ({ ...jwk, ...this.keyMembers })) })
      const isToken = fixtures.some(({ document }) => document['token_endpoint'] === url)
      return isToken ? await scripted.fetch(input, init) : json({ error: 'not_found' }, 404)
    }
    this.common = { clientId: scripted.clientId, clientSecret: scripted.clientSecret, fetch }
  }

  static async create (...fixtures: readonly Fixture[]): Promise<Vendor> {
    return new Vendor(await ScriptedProvider.create(), fixtures)
  }
}

/** An application that signs people in with a preset. */
export async function vendorSite (
  t: Test, vendor: Vendor, preset: (common: CommonOptions) => Readonly<OidcOptions>, options: SiteOptions = {}
): Promise<Site> {
  const oidc: OidcOptions = preset(vendor.common)
  t.ok(Object.isFrozen(oidc))
  return await buildSite(t, { provider: vendor.scripted, oidc, ...options })
}

export async function signsIn (t: Test, visitor: Visitor, claims: JWTPayload, vendor: Vendor): Promise<void> {
  vendor.scripted.claims = { ...vendor.scripted.claims, ...claims }
  const answer = await visitor.signIn()
  t.equal(answer.statusCode, 303, answer.body)
  const { iss } = vendor.scripted.claims
  t.equal(await visitor.who(), vendor.isOfMany ? `${String(iss)}#alice` : 'alice')
}

/** Shows that nobody is signed in with an ID token that says this. */
export async function refusesToken (
  t: Test, site: Site, vendor: Vendor, claims: JWTPayload, code = 'FST_LOGIN_PROVIDER_ANSWER_INVALID'
): Promise<void> {
  const { claims: good } = vendor.scripted
  vendor.scripted.claims = { ...good, ...claims }
  const visitor = site.visitor()
  const answer = await visitor.signIn()
  vendor.scripted.claims = good
  t.match(answer.body, code, JSON.stringify(claims))
  t.equal(await visitor.who(), undefined)
}

/** The identity of who is signed in. */
export async function identityOf (visitor: Visitor): Promise<unknown> {
  return (await visitor.get('/who')).json<{ identity: unknown }>().identity
}

/** The parameters of an authorization request. */
export function parametersOf (location: string): Record<string, string> {
  return Object.fromEntries(new URL(location).searchParams)
}

/** The parameters of the address where a logout goes on. */
export async function logoutOf (visitor: Visitor): Promise<{ address: string, parameters: Record<string, string> }> {
  const { location } = (await visitor.post('/auth/logout')).headers
  const { origin, pathname, searchParams } = new URL(String(location))
  return { address: origin + pathname, parameters: Object.fromEntries(searchParams) }
}
