import Fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify'
import { authPlugin, type AuthOptions, type OidcOptions } from '../../lib/index.ts'
import { openTransaction, sealTransaction, type Transaction } from '../../lib/oidc/login/transaction.ts'
import { createVault, type Vault } from '../../lib/vault.ts'
import { createClock, type TestClock } from '../../lib/testing/index.ts'
import { secret as createSecret } from '../_app.ts'
import { Jar, setCookiesOfName } from '../_jar.ts'
import { ScriptedProvider } from './_scripted-provider.ts'

export type Response = LightMyRequestResponse

/** What a browser sends with a page that a person waits for. */
export const NAVIGATION = Object.freeze({
  accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none'
})

const FORM = 'application/x-www-form-urlencoded'

interface Teardown { teardown (handler: () => Promise<unknown>): unknown }

export interface SiteOptions extends Omit<Partial<AuthOptions>, 'oidc'> {
  readonly provider?: ScriptedProvider
  readonly oidc?: Partial<OidcOptions>
  readonly clock?: TestClock
  /** What the application does before it registers the plugin. */
  readonly prepare?: (app: FastifyInstance) => void
}

/** A browser in front of `app.inject`: it has cookies and a secret to lose. */
export class Visitor {
  readonly jar = new Jar()
  readonly #site: Site

  constructor (site: Site) {
    this.#site = site
  }

  async get (url: string, headers: Record<string, string | undefined> = {}): Promise<Response> {
    return await this.#send({ method: 'GET', url, headers: defined({ ...NAVIGATION, ...headers }) })
  }

  async post (url: string, payload = '', headers: Record<string, string | undefined> = {}): Promise<Response> {
    const form = { ...NAVIGATION, 'content-type': FORM, 'sec-fetch-site': 'same-origin' }
    return await this.#send({ method: 'POST', url, payload, headers: defined({ ...form, ...headers }) })
  }

  async head (url: string, headers: Record<string, string> = {}): Promise<Response> {
    return await this.#send({ method: 'HEAD', url, headers: { ...NAVIGATION, ...headers } })
  }

  /** Begins a login by asking for a page; gives the address that the browser is sent to. */
  async begin (page = '/auth/login'): Promise<string> {
    const answer = await this.get(page)
    const location = String(answer.headers.location)
    return location.startsWith('https://app.example.com/auth/login') ? await this.begin(pathOf(location)) : location
  }

  /** The whole login of a provider that does its part. */
  async signIn (page?: string): Promise<Response> {
    return await this.deliver(await this.begin(page))
  }

  /** Brings the answer of the provider back, in the way that the authorization request asked for. */
  async deliver (location: string, parameters: Parameters<ScriptedProvider['authorize']>[1] = {}): Promise<Response> {
    const callback = this.#site.provider.authorize(location, parameters)
    if (new URL(location).searchParams.get('response_mode') !== 'form_post') return await this.get(callback)
    const { pathname, search } = new URL(callback, 'https://app.example.com')
    return await this.postFromProvider(pathname, search.slice(1))
  }

  /** The form_post answer, with which a Lax session cookie does not travel. */
  async postFromProvider (url: string, form: string): Promise<Response> {
    const kept = this.jar.copy()
    for (const name of kept.names.filter(name => !name.endsWith('-binding'))) this.jar.delete(name)
    const answer = await this.post(url, form, { 'sec-fetch-site': 'cross-site', origin: this.#site.provider.issuer })
    for (const name of kept.names) {
      if (this.jar.get(name) === undefined && !setsCookie(answer, name)) this.jar.set(name, String(kept.get(name)))
    }
    return answer
  }

  /** Who this browser is here: an id, or undefined for a stranger. */
  async who (): Promise<string | undefined> {
    return (await this.get('/who')).json<{ id?: string }>().id
  }

  async #send (request: InjectOptions & { headers: Record<string, string> }): Promise<Response> {
    for (const name of this.jar.names) this.#site.hide(this.jar.get(name))
    const answer = await this.#site.app.inject({ ...request, headers: { ...request.headers, ...this.jar.headers } })
    this.jar.take(answer)
    for (const name of this.jar.names) this.#site.hide(this.jar.get(name))
    return answer
  }
}

/** An application that signs people in with a scripted provider, and its log at the lowest level. */
export class Site {
  readonly app: FastifyInstance
  readonly provider: ScriptedProvider
  readonly clock: TestClock
  /** Seals and opens as the application does. */
  readonly vault: Vault
  readonly #lines: string[]
  readonly #secrets = new Set<string>()

  constructor (app: FastifyInstance, provider: ScriptedProvider, clock: TestClock, vault: Vault, lines: string[]) {
    this.app = app
    this.provider = provider
    this.clock = clock
    this.vault = vault
    this.#lines = lines
  }

  get log (): string {
    return this.#lines.join('')
  }

  visitor (): Visitor {
    return new Visitor(this)
  }

  async signedIn (): Promise<Visitor> {
    const visitor = this.visitor()
    await visitor.signIn()
    if (await visitor.who() !== 'alice') throw new Error(`the scripted provider signs nobody in:\n${this.log}`)
    return visitor
  }

  /** The page that begins a login which leads there. */
  loginPage (returnTo: unknown): string {
    return `/auth/login?returnTo=${this.vault.seal('return-path', { v: 1, r: returnTo })}`
  }

  /** The return path that an authorization request carries in its state. */
  returnToOf (location: unknown): unknown {
    return openTransaction(this.vault, stateOf(String(location)))?.returnTo
  }

  /** An authorization request whose state says something else than what the application put in. */
  reseal (location: string, changes: Readonly<Record<string, unknown>>): string {
    const transaction = openTransaction(this.vault, stateOf(location))
    if (transaction === undefined) throw new Error('this state is none of the application')
    const url = new URL(location)
    url.searchParams.set('state', sealTransaction(this.vault, { ...transaction, ...changes } as Transaction))
    return url.href
  }

  hide (secret: string | undefined): void {
    if (secret !== undefined && secret.length >= 16) this.#secrets.add(secret)
  }

  /** Empties the log, and with it the list of what must not be in it, for an application that many cases share. */
  forget (): void {
    this.#lines.length = 0
    this.#secrets.clear()
    this.provider.secrets.clear()
    this.provider.secrets.add(this.provider.clientSecret)
    this.provider.requests.length = 0
  }

  /** Which tokens, codes, verifiers, secrets and cookies a text shows. */
  leaks (text: string): readonly string[] {
    return [...this.#secrets, ...this.provider.secrets].filter(secret => text.includes(secret))
  }
}

export async function buildSite (t: Teardown, options: SiteOptions = {}): Promise<Site> {
  const { provider = await ScriptedProvider.create(), oidc = {}, ...further } = options
  const { clock = createClock(), secret = createSecret(), prepare = () => {}, ...others } = further
  provider.now = clock.now
  const lines: string[] = []
  const app = Fastify({ logger: { level: 'trace', stream: { write (line: string) { lines.push(line) } } } })
  t.teardown(() => app.close())
  const vault = await createVault(Fastify(), [secret].flat().map(one => Buffer.from(one ?? '')), '__Host-login')
  const site = new Site(app, provider, clock, vault, lines)
  for (const one of [secret].flat()) site.hide(String(one))
  prepare(app)
  await app.register(authPlugin, {
    secret,
    publicUrl: 'https://app.example.com',
    ...others.providers === undefined ? { oidc: { ...provider.client, ...oidc } } : {},
    now: clock.now,
    ...others
  })
  if (!app.hasContentTypeParser(FORM)) {
    app.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => { done(null, body) })
  }
  app.get('/', async () => 'the root')
  app.get('/who', async ({ currentUser }) => {
    if (!currentUser.isAuthenticated) return currentUser
    const { userinfo, scopes, identity } = currentUser
    return { ...currentUser.toJSON(), userinfo, scopes, identity }
  })
  app.get('/deep/*', { onRequest: [app.loginRequired] }, async request => request.url)
  app.post('/app/login', async request => {
    await request.loginUser('local')
    return {}
  })
  app.post('/app/logout', async request => {
    await request.logoutUser()
    return {}
  })
  app.get('/login-url', async request => request.loginUrl({ returnTo: String((request.query as { to?: unknown }).to) }))
  return site
}

/** Path and query of an address. */
export function pathOf (address: unknown): string {
  const { pathname, search } = new URL(String(address))
  return pathname + search
}

/** The state that an authorization request carries. */
export function stateOf (location: string): string {
  return String(new URL(location).searchParams.get('state'))
}

function setsCookie (answer: Response, name: string): boolean {
  return setCookiesOfName(answer, name).length > 0
}

function defined (headers: Record<string, string | undefined>): Record<string, string> {
  const isDefined = (entry: [string, string | undefined]): entry is [string, string] => entry[1] !== undefined
  return Object.fromEntries(Object.entries(headers).filter(isDefined))
}
