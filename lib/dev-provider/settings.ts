import { ConfigurationError } from '../errors.ts'
import { assertKnownKeys, assertObject, assertText, assertTexts, assertWholeNumber, refuse } from '../options/check.ts'
import { defaultPeople, type Person } from './people.ts'

/** A client in the spelling of OpenID Connect Dynamic Client Registration 1.0, section 2, which is oidc-provider's. */
export interface DevClient {
  readonly client_id: string
  readonly [metadata: string]: unknown
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
  readonly configuration: Readonly<Record<string, unknown>>
}

const names = ['port', 'clients', 'client', 'redirectUris', 'people', 'accessTokenTtl', 'configuration']
const YEAR = 365 * 24 * 3600

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

/** Makes the options strict, and refuses to serve production at all. */
export function resolveSettings (options: DevProviderOptions): DevProviderSettings {
  if (process.env['NODE_ENV'] === 'production') {
    throw new ConfigurationError('The development provider lets everybody in and does not start under NODE_ENV=production. ' +
      'Use a real OpenID Provider there.')
  }
  assertKnownKeys(options, names, 'devProvider')
  const { port = 0, clients = [], client = {}, redirectUris, people = defaultPeople, accessTokenTtl = 300 } = options
  const { configuration = {} } = options
  assertWholeNumber(port, 0, 65_535, 'devProvider.port')
  assertWholeNumber(accessTokenTtl, 1, YEAR, 'devProvider.accessTokenTtl')
  assertObject(client, 'devProvider.client')
  assertObject(configuration, 'devProvider.configuration')
  if ('clients' in configuration) {
    refuse('devProvider.configuration.clients', 'has no effect. Name further clients in "devProvider.clients".')
  }
  assertPeople(people)
  if (redirectUris !== undefined) assertAddresses(redirectUris)
  return { port, clients, client, redirectUris, people, accessTokenTtl, configuration }
}
