import type { FastifyRequest } from 'fastify'
import type { AddedKey, RotationOptions } from './broker/signing-keys.ts'
import { ArgumentInvalid, BrokerUnset, NoProvider } from './errors.ts'
import { type AccessToken, type AccessTokenOptions, resolveTokenWish, toAccessToken } from './guard/access-token.ts'
import { editProfileUrl, type EditProfileOptions } from './guard/edit-profile.ts'
import { type IssuedToken, type IssueTokenOptions, issueToken, revokeToken, type VerifiedToken, verifyToken } from './guard/own-tokens.ts'
import type { SignIn } from './guard/realm-parts.ts'
import { type Realm, realmOf } from './guard/realm.ts'
import { createLoginRequired, type LoginRequired } from './guard/require.ts'
import type { OidcClient } from './oidc/client/oidc-client.ts'
import type { Exchange, OnBehalfOf } from './oidc/tokens/token-exchange.ts'
import { SessionRegistry } from './session/session-registry.ts'
import type { AuthUser } from './user.ts'

/** What an application does at a provider for itself or for its callers, without a session. */
export interface ProviderLogin {
  /**
   * An access token of the application itself, for no person (RFC 6749, section 4.4). It is kept in this process until
   * it is about to run out.
   *
   * @throws NoProvider, ArgumentInvalid, ProviderUnavailable (503), ProviderAnswerInvalid (502)
   * @example const { accessToken } = await app.login.clientToken({ scopes: ['reports.read'] })
   */
  clientToken (options?: AccessTokenOptions): Promise<AccessToken>
  /**
   * A token for another service, in the name of the person who called this one with a token (RFC 7523, section 2.1, as
   * Entra ID has it).
   *
   * @throws NoProvider, ArgumentInvalid, ExchangeRefused (403), ProviderUnavailable (503), ProviderAnswerInvalid (502)
   * @example await app.login.onBehalfOf({ assertion: token, scopes: ['https://graph.microsoft.com/User.Read'] })
   */
  onBehalfOf (options: OnBehalfOf): Promise<AccessToken>
  /**
   * A token for another service in exchange for one that this application has (RFC 8693).
   *
   * @throws NoProvider, ArgumentInvalid, ExchangeRefused (403), ProviderUnavailable (503), ProviderAnswerInvalid (502)
   * @example await app.login.exchangeToken({ subjectToken: token, audience: 'https://api.example.com' })
   */
  exchangeToken (options: Exchange): Promise<AccessToken>
  /**
   * The address where a signed-in person edits their profile and comes back from with claims that are up to date;
   * undefined where the provider has no `flows.editProfile`.
   *
   * @throws NoProvider
   * @example const link = app.login.editProfileUrl(request, { returnTo: '/me' })
   */
  editProfileUrl (request: FastifyRequest, options?: EditProfileOptions): string | undefined
}

/** The plugin seen from outside a request: `fastify.login`. Without a name its one provider is meant. */
export interface Login extends ProviderLogin {
  /** Everybody's sessions, to list and to end. */
  readonly sessions: SessionRegistry
  /**
   * An access token of this application for a person, who is named by the id or comes with claims, identity and the
   * time of the login as an AuthUser; never with the account. It ends with `sessions.endAll` too.
   *
   * @throws BearerUnset without `bearer.issued`, ArgumentInvalid, TokenTooLarge (400), StoreUnavailable (503)
   * @example const { accessToken, handle } = await app.login.issueToken('alice', { scopes: ['reports.read'] })
   */
  issueToken (user: string | AuthUser, options?: IssueTokenOptions): Promise<IssuedToken>
  /**
   * Judges an access token that did not come in the header of a request, as a guard would: also those of providers. As
   * there is no request, `loadUser` is not asked, and a token that is bound to a key is invalid.
   *
   * @throws BearerUnset without `bearer`, ProviderUnavailable (503), StoreUnavailable (503)
   * @example
   * const verified = await app.login.verifyToken(text)
   * if (verified.isValid) greet(verified.user.id)
   */
  verifyToken (text: string): Promise<VerifiedToken>
  /**
   * Ends a token that this application has issued, named by itself or by its handle. Ending one that is over already
   * changes nothing. A token of a program ends with all tokens of its login.
   *
   * @throws BearerUnset without `bearer.issued`, ArgumentInvalid for what is neither, StoreUnavailable (503), and then
   *   the token may live
   */
  revokeToken (tokenOrHandle: string): Promise<void>
  /**
   * Adds a key that signs the tokens of this application: ten minutes from now, when everybody who verifies them has
   * read of it. Tokens of the key before hold until they end. With `drop` it signs at once, and every token so far is
   * dead here now, and elsewhere as soon as keys are read again.
   *
   * @throws BrokerUnset without `broker` or with `broker.signer`, ArgumentInvalid, StoreUnavailable (503),
   *   SigningKeysSealed
   * @example const { keyId, signsFrom } = await app.login.rotateKeys()
   */
  rotateKeys (options?: RotationOptions): Promise<AddedKey>
  /**
   * One of several providers.
   *
   * @throws NoProvider, ArgumentInvalid for a name that is none of this application
   * @example const { accessToken } = await app.login.provider('work').clientToken({ scopes: ['reports.read'] })
   */
  provider (name: string): ProviderLogin
}

/** What `fastify.logins.NAME` is. */
export interface InstanceLogin extends Login {
  readonly loginRequired: LoginRequired
}

/** A provider, and the sign-in that it belongs to. */
interface NamedClient {
  readonly client: OidcClient
  readonly signIn: SignIn
}

function clientOf ({ signIn }: Realm, name: string | undefined): NamedClient {
  if (signIn === undefined) throw new NoProvider()
  const { clients } = signIn
  const client = name === undefined ? clients.only : clients.find(name)
  if (client !== undefined) return { client, signIn }
  throw new ArgumentInvalid(name === undefined
    ? `There are several providers: call provider(name) first. They are ${clients.names.join(', ')}.`
    : `There is no provider "${name}". The providers here are ${clients.names.join(', ')}.`)
}

function assertToken (token: unknown, name: string): void {
  if (typeof token === 'string' && token !== '') return
  throw new ArgumentInvalid(`"${name}" must be a token, a text that is not empty.`)
}

function createProviderLogin (find: () => NamedClient): ProviderLogin {
  return Object.freeze({
    async clientToken (options?: AccessTokenOptions) {
      return toAccessToken(await find().client.clientTokens.get(resolveTokenWish(options)))
    },
    async onBehalfOf (options: OnBehalfOf) {
      assertToken(options.assertion, 'assertion')
      resolveTokenWish({ scopes: options.scopes })
      return toAccessToken(await find().client.exchange.onBehalfOf(options))
    },
    async exchangeToken (options: Exchange) {
      assertToken(options.subjectToken, 'subjectToken')
      resolveTokenWish({ scopes: options.scopes ?? [] })
      return toAccessToken(await find().client.exchange.exchange(options))
    },
    editProfileUrl (request: FastifyRequest, options?: EditProfileOptions) {
      const { client: { provider: { settings } }, signIn } = find()
      return editProfileUrl({ signIn, settings }, request, options)
    }
  })
}

async function rotateKeys ({ keys }: Realm, options: RotationOptions = {}): Promise<AddedKey> {
  if (keys === undefined) {
    throw new BrokerUnset('This application signs no tokens. Write "broker" in the options of fastify-login.')
  }
  const unknown = Object.keys(options).find(name => name !== 'drop')
  if (unknown !== undefined) throw new ArgumentInvalid(`rotateKeys has no option "${unknown}". Its option is drop.`)
  return await keys.rotate(options)
}

/** What an instance of Fastify has of one registration. */
export function createLogin (realm: Realm): InstanceLogin {
  const { name } = realm.settings
  // A guard that is carried to a route of another scope, where somebody else may be signed in, lets nobody pass.
  function findRealm ({ server }: Pick<FastifyRequest, 'server'>): Realm | undefined {
    return realmOf(server, name) === realm ? realm : undefined
  }
  return Object.freeze({
    loginRequired: createLoginRequired(findRealm, realm),
    sessions: new SessionRegistry(realm.sessions, realm.settings, realm.events),
    issueToken: (user: string | AuthUser, options?: IssueTokenOptions) => issueToken(realm, user, options),
    verifyToken: (text: string) => verifyToken(realm, text),
    revokeToken: (tokenOrHandle: string) => revokeToken(realm, tokenOrHandle),
    rotateKeys: (options?: RotationOptions) => rotateKeys(realm, options),
    provider (name: string) {
      const client = clientOf(realm, name)
      return createProviderLogin(() => client)
    },
    ...createProviderLogin(() => clientOf(realm, undefined))
  })
}
