import { createHash, randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

/** A key pair that signs ID tokens. */
export interface SigningKey {
  readonly alg: string
  readonly kid: string
  readonly privateKey: Parameters<SignJWT['sign']>[0]
  /** The public half as it stands in a key set. */
  readonly jwk: JWK
}

export async function createKey (kid: string, alg = 'RS256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, kid, privateKey, jwk: { ...await exportJWK(publicKey), kid, alg, use: 'sig' } }
}

export interface SeenRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly form: URLSearchParams
  readonly redirect: RequestInit['redirect']
}

/** Answers one request, or throws what a transport would throw. */
export type Answer = (request: SeenRequest) => Response | Promise<Response>

interface Grant {
  readonly challenge: string
  readonly nonce: string
  readonly redirectUri: string
}

export function json (body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
}

export function htmlAnswer (status = 200): Response {
  return new Response('<h1>Please wait</h1>', { status, headers: { 'content-type': 'text/html' } })
}

/** What fetch throws for a connection that broke. */
export function connectionReset (): never {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  throw Object.assign(new TypeError('fetch failed'), { cause })
}

/** What fetch throws when an AbortSignal.timeout() fires. */
export function timeOut (): never {
  throw new DOMException('The operation was aborted due to timeout', 'TimeoutError')
}

const random = (): string => randomBytes(24).toString('base64url')
const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** Keys cost a tenth of a second each. */
const defaultKey = createKey('one')

/**
 * An OpenID Provider behind a `fetch` of its own that keeps the rules, PKCE included, until a test changes one thing
 * about it.
 */
export class ScriptedProvider {
  readonly issuer: string
  readonly clientId = 'web'
  readonly clientSecret = random()
  readonly requests: SeenRequest[] = []
  /** What must never show in a log or on a page. */
  readonly secrets = new Set<string>([this.clientSecret])
  /** Over the members of the metadata document; undefined takes one away. */
  metadata: Record<string, unknown> = {}
  /** Over the claims of ID tokens. */
  claims: JWTPayload = {}
  /** Over the header of ID tokens. */
  header: Record<string, unknown> = {}
  /** Over the members of the token answer. */
  tokenAnswer: Record<string, unknown> = {}
  userinfo: Record<string, unknown> = { sub: 'alice', nickname: 'Al' }
  keys: readonly SigningKey[]
  /** Signs the ID tokens. */
  signer: SigningKey
  /** Makes the ID token of these claims in another way. */
  sign: (claims: JWTPayload) => Promise<string>
  /** In place of what the provider would answer, by the name of the endpoint. */
  readonly answers: {
    discovery?: Answer
    keys?: Answer
    token?: Answer
    userinfo?: Answer
    revocation?: Answer
    push?: Answer
    device?: Answer
    introspection?: Answer
  } = {}

  now: () => number = Date.now
  readonly #grants = new Map<string, Grant>()
  /** Authorization requests that were pushed, by the reference to them. */
  readonly #pushed = new Map<string, URLSearchParams>()
  readonly #key: SigningKey

  constructor (key: SigningKey, issuer = 'https://id.example.com') {
    this.issuer = issuer
    this.#key = key
    this.keys = [key]
    this.signer = key
    this.sign = claims => this.signJwt(claims)
  }

  static async create (issuer?: string): Promise<ScriptedProvider> {
    return new ScriptedProvider(await defaultKey, issuer)
  }

  /** Keeps all the rules again, whatever a test changed. */
  repair (): void {
    this.metadata = {}
    this.claims = {}
    this.header = {}
    this.tokenAnswer = {}
    this.userinfo = { sub: 'alice', nickname: 'Al' }
    this.keys = [this.#key]
    this.signer = this.#key
    this.sign = claims => this.signJwt(claims)
    for (const name of Object.keys(this.answers) as (keyof typeof this.answers)[]) delete this.answers[name]
  }

  /** Goes under `oidc` in the options of the plugin. */
  get client (): { issuer: string, clientId: string, clientSecret: string, fetch: typeof globalThis.fetch } {
    return { issuer: this.issuer, clientId: this.clientId, clientSecret: this.clientSecret, fetch: this.fetch }
  }

  get document (): Record<string, unknown> {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize?tenant=a`,
      token_endpoint: `${this.issuer}/token`,
      userinfo_endpoint: `${this.issuer}/userinfo`,
      jwks_uri: `${this.issuer}/keys`,
      end_session_endpoint: `${this.issuer}/logout`,
      ...this.metadata
    }
  }

  /** How many requests an endpoint got. */
  count (endpoint: keyof ScriptedProvider['answers']): number {
    return this.requests.filter(({ url }) => endpointOf(url) === endpoint).length
  }

  /** The last request that an endpoint got. */
  last (endpoint: keyof ScriptedProvider['answers']): SeenRequest {
    const request = this.requests.findLast(({ url }) => endpointOf(url) === endpoint)
    if (request === undefined) throw new Error(`nobody asked ${endpoint}`)
    return request
  }

  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const request = toSeen(String(input), init)
    this.requests.push(request)
    for (const name of ['code', 'code_verifier']) this.#hide(request.form.get(name))
    const endpoint = endpointOf(request.url)
    const answer = this.answers[endpoint]
    if (answer !== undefined) return await answer(request)
    if (endpoint === 'discovery') return json(this.document)
    if (endpoint === 'keys') return json({ keys: this.keys.map(({ jwk }) => jwk) })
    if (endpoint === 'revocation') return new Response(null)
    if (endpoint === 'push') return this.push(request)
    return endpoint === 'token' ? await this.redeem(request) : this.#userinfo(request)
  }

  /** Keeps the parameters of an authorization request, and gives a reference to them (RFC 9126). */
  push ({ form }: SeenRequest): Response {
    const reference = `urn:ietf:params:oauth:request_uri:${random()}`
    this.#pushed.set(reference, form)
    return json({ request_uri: reference, expires_in: 60 }, 201)
  }

  /** What an authorization request asks for, pushed or not. A reference is good once. */
  askedOf (location: string): URLSearchParams {
    const { searchParams } = new URL(location)
    const reference = String(searchParams.get('request_uri'))
    const pushed = this.#pushed.get(reference)
    this.#pushed.delete(reference)
    return pushed ?? searchParams
  }

  /**
   * What a person's browser brings back from the authorization endpoint: the path of the callback with its query.
   * Parameters that are given take the place of the provider's; a list gives one several times, undefined none.
   */
  authorize (location: string, parameters: Record<string, string | readonly string[] | undefined> = {}): string {
    const asked = this.askedOf(location)
    const code = random()
    const nonce = String(asked.get('nonce'))
    const redirectUri = String(asked.get('redirect_uri'))
    this.#grants.set(code, { challenge: String(asked.get('code_challenge')), nonce, redirectUri })
    this.#hide(code)
    const hasIssuer = this.document['authorization_response_iss_parameter_supported'] === true
    const answer = { code, state: String(asked.get('state')), iss: hasIssuer ? this.issuer : undefined, ...parameters }
    const callback = new URL(redirectUri)
    for (const [name, value] of Object.entries(answer)) {
      for (const one of value === undefined ? [] : [value].flat()) callback.searchParams.append(name, one)
    }
    return callback.pathname + callback.search
  }

  /** The token endpoint that keeps the rules. A code is good once. */
  async redeem ({ form }: SeenRequest): Promise<Response> {
    const code = String(form.get('code'))
    const grant = this.#grants.get(code)
    this.#grants.delete(code)
    const isProven = grant?.challenge === sha256(String(form.get('code_verifier')))
    if (grant === undefined || !isProven || grant.redirectUri !== form.get('redirect_uri')) {
      return json({ error: 'invalid_grant' }, 400)
    }
    const answer = {
      access_token: random(),
      refresh_token: random(),
      token_type: 'Bearer',
      expires_in: 300,
      id_token: await this.idToken({ nonce: grant.nonce }),
      ...this.tokenAnswer
    }
    for (const name of ['access_token', 'refresh_token', 'id_token'] as const) this.#hide(answer[name])
    return json(answer)
  }

  async idToken (claims: JWTPayload = {}): Promise<string> {
    const now = Math.floor(this.now() / 1000)
    const token = await this.sign({
      iss: this.issuer, sub: 'alice', aud: this.clientId, exp: now + 300, iat: now, name: 'Alice', ...claims, ...this.claims
    })
    this.#hide(token)
    return token
  }

  async signJwt (claims: JWTPayload): Promise<string> {
    const { alg, kid, privateKey } = this.signer
    return await new SignJWT(claims).setProtectedHeader({ alg, kid, ...this.header }).sign(privateKey)
  }

  #userinfo ({ headers }: SeenRequest): Response {
    return headers.has('authorization') ? json(this.userinfo) : json({}, 401)
  }

  #hide (secret: unknown): void {
    if (typeof secret === 'string' && secret.length >= 16) this.secrets.add(secret)
  }
}

function endpointOf ({ pathname }: URL): keyof ScriptedProvider['answers'] {
  if (pathname.includes('/.well-known/')) return 'discovery'
  if (pathname.endsWith('/keys')) return 'keys'
  if (pathname.endsWith('/revoke')) return 'revocation'
  if (pathname.endsWith('/push')) return 'push'
  if (pathname.endsWith('/device')) return 'device'
  if (pathname.endsWith('/introspect')) return 'introspection'
  return pathname.endsWith('/token') ? 'token' : 'userinfo'
}

function toSeen (address: string, { method = 'GET', headers, body, redirect }: RequestInit): SeenRequest {
  return {
    url: new URL(address),
    method,
    headers: new Headers(headers),
    form: new URLSearchParams(String(body ?? '')),
    redirect
  }
}
