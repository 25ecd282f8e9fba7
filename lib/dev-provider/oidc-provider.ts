import { type IncomingMessage, type ServerResponse } from 'node:http'
import { ConfigurationError } from '../errors.ts'
import { type MemoryAdapter } from './memory-adapter.ts'

/*
 * The package oidc-provider brings no types. These are the parts of its version 9 that are used here.
 */

/** What somebody may have, of one client. */
export interface Grant {
  addOIDCScope (scopes: ReadonlySet<string>): void
  addOIDCClaims (claims: ReadonlySet<string>): void
  addResourceScope (resource: string, scopes: ReadonlySet<string>): void
  save (): Promise<string>
}

export interface Client {
  readonly clientId: string
  readonly clientAuthMethod: string
  redirectUriAllowed (address: string): boolean
  postLogoutRedirectUriAllowed (address: string): boolean
}

/** What a consent is asked for: scopes of the provider's own, and those of each resource (RFC 8707). */
export interface PromptDetails {
  readonly missingOIDCScope?: readonly string[]
  readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>
}

/** A pause of an authorization request, in which the provider waits for a person. */
export interface Interaction {
  readonly uid: string
  readonly prompt: { readonly name: string, readonly details: PromptDetails }
  /** The grant that the consent will be written to. */
  readonly grantId?: string
  readonly params: Readonly<Record<string, unknown>>
}

export interface OidcProvider {
  readonly Client: { readonly prototype: Client }
  readonly Grant: {
    new (owner: { accountId: string, clientId: string }): Grant
    find (id: string): Promise<Grant | undefined>
  }
  on (event: 'grant.success', listener: (context: TokenContext) => void): unknown
  callback (): (request: IncomingMessage, response: ServerResponse) => unknown
  interactionDetails (request: IncomingMessage, response: ServerResponse): Promise<Interaction>
  interactionFinished (request: IncomingMessage, response: ServerResponse, result: object): Promise<void>
}

/** The request as the hooks of oidc-provider see it, once its client is known. */
export interface ClientContext {
  readonly oidc: {
    readonly provider: OidcProvider
    readonly client: Client
    readonly params: Readonly<Record<string, unknown>>
    readonly session: {
      readonly accountId: string
      readonly acr?: string
      grantIdFor (clientId: string): string | undefined
    }
    readonly requestParamScopes: ReadonlySet<string>
    readonly requestParamOIDCScopes: ReadonlySet<string>
    readonly requestParamClaims: ReadonlySet<string>
    readonly resourceServers: Readonly<Record<string, { readonly scopes: ReadonlySet<string> }>>
  }
}

/** A request at the token endpoint. */
export interface TokenContext {
  readonly oidc: { readonly client: Client, readonly params: { readonly grant_type: string } }
}

/** The request as the functions that render a page see it. */
export interface PageContext {
  readonly oidc: {
    readonly client?: Client
    readonly params?: Readonly<Record<string, unknown>>
    readonly session: { readonly state: { readonly secret: string } }
    urlFor (route: string): string
  }
  set (headers: Readonly<Record<string, string>>): void
  body: string
}

interface Checks { add (check: object): void }

/** The prompts of an authorization request, asked in turn. */
export interface InteractionPolicy {
  get (name: 'login'): { readonly checks: Checks }
  add (prompt: object, index: number): void
}

export interface OidcProviderModule {
  readonly Provider: new (issuer: string, configuration: Readonly<Record<string, unknown>>) => OidcProvider
  readonly errors: { readonly InvalidTarget: new () => Error }
  readonly interactionPolicy: {
    base (): InteractionPolicy
    readonly Check: new (
      reason: string, description: string, error: string, check: (context: ClientContext) => boolean
    ) => object
    readonly Prompt: new (options: { name: string, requestable: boolean }) => object
  }
}

/** A constructor, for oidc-provider makes one adapter of each model. */
export type AdapterConstructor = new (model: string) => MemoryAdapter

/**
 * Loads oidc-provider, an optional peer, when it is needed and not before.
 *
 * @throws ConfigurationError where it is not installed, or does not load; what was thrown is its cause
 */
export async function loadOidcProvider (name = 'oidc-provider'): Promise<OidcProviderModule> {
  try {
    return await import(name)
  } catch (cause) {
    throw Object.assign(new ConfigurationError('The development provider needs the package oidc-provider, which did not load. ' +
      'Install it with: npm install --save-dev oidc-provider'), { cause })
  }
}
