import { ConfigurationError } from '../errors.ts'
import {
  assertBoolean, assertFunction, assertKnownKeys, assertObject, assertText, assertTexts, assertWholeNumber, refuse
} from '../options/check.ts'
import { defaultPeople, type Person } from './people.ts'

/** A client in the spelling of OpenID Connect Dynamic Client Registration 1.0, section 2, which is oidc-provider's. */
export interface DevClient {
  readonly client_id: string
  readonly [metadata: string]: unknown
}

/** An answer of the token endpoint that brought tokens. */
export interface TokensGiven {
  readonly clientId: string
  /** As RFC 6749 spells it: `authorization_code`, `refresh_token`. */
  readonly grantType: string
}

/** Options of the development provider. All may be left out. */
export interface DevProviderOptions {
  /** Port on 127.0.0.1. @default 0, a free one */
  readonly port?: number
  /**
   * Further clients, for example public ones:
   * `{ client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: ['http://localhost:5173/callback'] }`.
   */
  readonly clients?: readonly DevClient[]
  /**
   * Further metadata of the default client, which win over its own: `{ client_secret: '…' }` for one that does not
   * change at every start, `{ backchannel_logout_uri: '…', backchannel_logout_session_required: true }`.
   */
  readonly client?: Readonly<Record<string, unknown>>
  /**
   * Addresses where the default client may receive its answer. Where it sends people after logout needs the same
   * origin as one of them. @default any http and https address of localhost, 127.0.0.1 and [::1]
   */
  readonly redirectUris?: readonly string[]
  /** Who can sign in; `sub` names them. @default alice, bob (e-mail not verified) and carol (name beyond ASCII) */
  readonly people?: readonly Person[]
  /** Life of an access token in seconds. @default 300 */
  readonly accessTokenTtl?: number
  /** Further scopes that may be asked for, as those of your APIs: `['mail.read']`. @default [] */
  readonly scopes?: readonly string[]
  /**
   * Whether a person is asked before an application gets a scope beyond those of OpenID Connect for the first time.
   *
   * @default false, everything is granted with the sign-in
   */
  readonly consent?: boolean
  /** Is told of each answer of the token endpoint that brings tokens, to count refreshes for example. */
  readonly onTokens?: (given: TokensGiven) => void
  /** Configuration of oidc-provider, merged over ours; objects are merged, all other values replace ours. */
  readonly configuration?: Readonly<Record<string, unknown>>
}

/** The options with nothing left open. */
export interface DevProviderSettings {
  readonly port: number
  readonly clients: readonly DevClient[]
  readonly client: Readonly<Record<string, unknown>>
  readonly redirectUris: readonly string[] | undefined
  readonly people: readonly Person[]
  readonly accessTokenTtl: number
  readonly scopes: readonly string[]
  readonly consent: boolean
  readonly onTokens: (given: TokensGiven) => void
  readonly configuration: Readonly<Record<string, unknown>>
}

const names = [
  'port', 'clients', 'client', 'redirectUris', 'people', 'accessTokenTtl', 'scopes', 'consent', 'onTokens',
  'configuration'
]
const YEAR = 365 * 24 * 3600

/** RFC 6749, section 3.3. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

function assertPeople (people: readonly Person[]): void {
  people.forEach(({ sub }, index) => assertText(sub, `devProvider.people[${index}].sub`))
  const subjects = new Set(people.map(person => person.sub))
  if (subjects.size < people.length) refuse('devProvider.people', 'has two people with one sub.')
}

function assertAddresses (addresses: unknown): void {
  assertTexts(addresses, 'devProvider.redirectUris')
  for (const address of addresses) {
    if (!URL.canParse(address)) refuse('devProvider.redirectUris', `has an entry that is no address: ${address}`)
  }
}

function assertScopes (scopes: unknown): void {
  assertTexts(scopes, 'devProvider.scopes')
  const wrong = scopes.find(scope => !scopeToken.test(scope))
  if (wrong !== undefined) refuse('devProvider.scopes', `has ${JSON.stringify(wrong)}, but a scope is one word.`)
}

/** Makes the options strict, and refuses to serve production at all. */
export function resolveSettings (options: DevProviderOptions): DevProviderSettings {
  if (process.env['NODE_ENV'] === 'production') {
    throw new ConfigurationError('The development provider lets everybody in and does not start under NODE_ENV=production. ' +
      'Use a real OpenID Provider there.')
  }
  assertKnownKeys(options, names, 'devProvider')
  const { port = 0, clients = [], client = {}, redirectUris, people = defaultPeople, accessTokenTtl = 300 } = options
  const { scopes = [], consent = false, onTokens = () => {}, configuration = {} } = options
  assertWholeNumber(port, 0, 65_535, 'devProvider.port')
  assertWholeNumber(accessTokenTtl, 1, YEAR, 'devProvider.accessTokenTtl')
  assertScopes(scopes)
  assertBoolean(consent, 'devProvider.consent')
  assertFunction(onTokens, 'devProvider.onTokens')
  assertObject(client, 'devProvider.client')
  assertObject(configuration, 'devProvider.configuration')
  if ('clients' in configuration) {
    refuse('devProvider.configuration.clients', 'has no effect. Name further clients in "devProvider.clients".')
  }
  assertPeople(people)
  if (redirectUris !== undefined) assertAddresses(redirectUris)
  return { port, clients, client, redirectUris, people, accessTokenTtl, scopes, consent, onTokens, configuration }
}
