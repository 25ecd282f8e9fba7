import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t, { test, type Test } from 'tap'
import { Browser, type Page, type Tab } from '../journeys/_browser.ts'
import { json } from '../oidc/_scripted-provider.ts'
import { Applications } from './_applications.ts'
import { endpoints, type LoginEndpoint, type Outage, type ProviderOnSocket, ProviderServer } from './_provider-server.ts'

const MB = 1_000_000
const JSON_TYPE = { 'content-type': 'application/json' }

const applications = await Applications.start(t)
const providers = await ProviderServer.start(t)

/** An application with a provider of its own, and somebody who is signed in without that provider. */
class Place {
  readonly provider: ProviderOnSocket
  readonly origin: string
  readonly #member = new Browser().tab()

  private constructor (provider: ProviderOnSocket, origin: string) {
    this.provider = provider
    this.origin = origin
  }

  static async create (): Promise<Place> {
    const provider = await providers.add()
    const { scripted } = provider
    scripted.metadata = { revocation_endpoint: `${scripted.issuer}/revoke`, end_session_endpoint: undefined }
    scripted.answers.token = request => {
      if (request.form.get('grant_type') !== 'refresh_token') return scripted.redeem(request)
      if (!scripted.secrets.has(String(request.form.get('refresh_token')))) return json({ error: 'invalid_grant' }, 400)
      return json({ access_token: 'another', token_type: 'Bearer', expires_in: 300 })
    }
    const place = new Place(provider, await applications.add(provider.scripted))
    await place.#member.open(`${place.origin}/local-login`)
    return place
  }

  /** The whole login of a stranger, who wants to see a guarded page. */
  async signIn (): Promise<Page> {
    const tab = new Browser().tab()
    return await tab.open(`${this.origin}/deep`)
  }

  /** Somebody who is signed in with the provider, and whose access token has ended. */
  async signedIn (): Promise<Tab> {
    const tab = new Browser().tab()
    await tab.open(`${this.origin}/deep`)
    await this.wait(301)
    return tab
  }

  /** Advances the clock of the application. */
  async wait (seconds: number): Promise<void> {
    await new Browser().tab().open(`${this.origin}/later?seconds=${seconds}`)
  }

  /** A page that needs an access token. */
  async ask (tab: Tab): Promise<Page> {
    return await tab.open(`${this.origin}/token`)
  }

  async logout (tab: Tab): Promise<Page> {
    await tab.open(`${this.origin}/auth/logout`)
    return await tab.submit('/auth/logout')
  }

  /** A public page, and who the member is. */
  async around (): Promise<readonly unknown[]> {
    const stranger = new Browser().tab()
    await stranger.open(`${this.origin}/`)
    await this.#member.open(`${this.origin}/who`)
    return [stranger.page.text, (this.#member.json as { id?: string }).id]
  }
}

function assertRefused (t: Test, page: Page, status: number): void {
  const code = status === 503 ? 'FST_LOGIN_PROVIDER_UNAVAILABLE' : 'FST_LOGIN_PROVIDER_ANSWER_INVALID'
  t.equal(page.status, status)
  t.match(page.text, code)
  t.equal(page.headers.get('retry-after'), status === 503 ? '5' : null)
}

const hanging: Readonly<Record<string, Outage>> = {
  'never answers': () => {},
  'answers a byte each 100 milliseconds, for ever': response => {
    response.writeHead(200, JSON_TYPE)
    const dripping = setInterval(() => { response.write(' ') }, 100)
    response.once('close', () => { clearInterval(dripping) })
  }
}

/** Milliseconds until a provider is given up. */
const bounds: Readonly<Record<LoginEndpoint, number>> = {
  discovery: 5_000, keys: 5_000, token: 10_000, userinfo: 5_000
}

interface Hanging {
  readonly endpoint: LoginEndpoint
  readonly name: string
  readonly outage: Outage
}

/** Until something is so that takes its time. */
async function until (isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isSo()) await setTimeout(20)
}

async function assertGivenUp (t: Test, { endpoint, name, outage }: Hanging): Promise<void> {
  const place = await Place.create()
  const { hit, closed } = place.provider.break(endpoint, outage)
  let isOver = false
  const login = place.signIn().finally(() => { isOver = true })
  await hit
  t.same(await place.around(), ['the root', 'local'], 'public pages and people who are signed in notice nothing')
  t.equal(isOver, false, 'all the while the login waits')
  assertRefused(t, await login, 503)
  t.match(await applications.log(place.origin), `No whole answer within ${bounds[endpoint]} milliseconds`)
  await closed
  place.provider.repair()
  t.equal((await place.signIn()).status, 200, `the next login succeeds where the endpoint for ${endpoint} ${name}`)
}

async function assertRefreshGivenUp (t: Test, outage: Outage): Promise<void> {
  const place = await Place.create()
  const tab = await place.signedIn()
  const { hit, closed } = place.provider.break('token', outage)
  let isOver = false
  const asking = place.ask(tab).finally(() => { isOver = true })
  await hit
  t.same(await place.around(), ['the root', 'local'], 'public pages and other people notice nothing')
  t.equal(isOver, false, 'all the while the page waits')
  assertRefused(t, await asking, 503)
  await closed
  place.provider.repair()
  await assertAsksAgain(t, place, tab)
}

/** The application asks a provider that failed after 2 seconds again. */
async function assertAsksAgain (t: Test, place: Place, tab: Tab): Promise<void> {
  await place.wait(2)
  t.equal((await place.ask(tab)).text, 'a token', 'the next try succeeds')
  await tab.open(`${place.origin}/who`)
  t.equal(tab.json['id'], 'alice', 'nobody is logged out by it')
}

async function assertRevocationGivenUp (t: Test, outage: Outage): Promise<void> {
  const place = await Place.create()
  const tab = await place.signedIn()
  place.provider.break('revocation', outage)
  await assertLoggedOut(t, place, tab)
  t.same(await place.around(), ['the root', 'local'])
  await until(() => place.provider.sent.length === 2)
  t.match(await applications.log(place.origin), 'not revoked')
}

async function assertLoggedOut (t: Test, place: Place, tab: Tab): Promise<void> {
  t.match(await place.logout(tab), { status: 200, url: { pathname: '/auth/logged-out' } })
  await tab.open(`${place.origin}/who`)
  t.equal(tab.json['isAuthenticated'], false)
}

test('a provider that hangs is given up, at whatever endpoint and in whatever way', async t => {
  const waysOf = (endpoint: LoginEndpoint): readonly Hanging[] =>
    Object.entries(hanging).map(([name, outage]) => ({ endpoint, name, outage }))
  // All at once, because each of them takes its time.
  await Promise.all([
    ...endpoints.flatMap(waysOf).map(async one => await assertGivenUp(t, one)),
    ...Object.values(hanging).map(async outage => await assertRefreshGivenUp(t, outage)),
    ...Object.values(hanging).map(async outage => await assertRevocationGivenUp(t, outage))
  ])
})

const bomb = gzipSync(Buffer.alloc(100 * MB, ' '), { level: 9 })

/** Writes 100 MB, as fast as they are taken. */
function pour (response: Parameters<Outage>[0]): void {
  const part = Buffer.alloc(MB, ' ')
  let parts = 100
  const more = (): void => {
    while (parts-- > 0) {
      if (!response.write(part)) return
    }
    response.end()
  }
  response.writeHead(200, JSON_TYPE).on('drain', more)
  more()
}

function say (status: number, type: string, body: string): Outage {
  return response => response.writeHead(status, { 'content-type': type }).end(body)
}

interface Broken {
  readonly outage: Outage
  /** Status of the page: 503 where trying again may help. */
  readonly status: (endpoint: LoginEndpoint) => number
}

const always = (status: number) => (): number => status
/** No keys are an outage whatever comes in their place: the token itself may be good. */
const unlessKeys = (endpoint: LoginEndpoint): number => endpoint === 'keys' ? 503 : 502

const broken: Readonly<Record<string, Broken>> = {
  'answers HTML': { outage: say(200, 'text/html', '<h1>Please wait</h1>'), status: unlessKeys },
  'answers JSON that breaks off': { outage: say(200, 'application/json', '{"issuer":'), status: unlessKeys },
  'answers null': { outage: say(200, 'application/json', 'null'), status: always(502) },
  'answers with status 500': { outage: say(500, 'application/json', '{}'), status: always(503) },
  'resets the connection': { outage: (_response, { socket }) => { socket.resetAndDestroy() }, status: always(503) },
  'resets the connection amid its answer': {
    outage: (response, { socket }) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': 100 })
      response.write('{', () => { socket.resetAndDestroy() })
    },
    status: always(503)
  },
  'answers 100 MB': { outage: pour, status: always(503) },
  'answers 100 kB that unpack to 100 MB': {
    outage: response => response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(bomb), status: always(503)
  }
}

for (const endpoint of endpoints) {
  for (const [name, { outage, status }] of Object.entries(broken)) {
    test(`the endpoint for ${endpoint} ${name}: one login fails, and the next succeeds`, async t => {
      const place = await Place.create()
      const { closed } = place.provider.break(endpoint, outage)
      const growth = await applications.growth(async () => { assertRefused(t, await place.signIn(), status(endpoint)) })
      t.ok(growth < 50 * MB, `the memory grows by ${growth} bytes`)
      await closed
      const sent = Math.max(...place.provider.sent)
      t.ok(sent < 20 * MB, `${sent} bytes left the provider`)
      t.same(await place.around(), ['the root', 'local'])
      place.provider.repair()
      t.equal((await place.signIn()).status, 200)
    })
  }
}

for (const [name, { outage, status }] of Object.entries(broken)) {
  test(`the token endpoint ${name} to a refresh: one request fails, the next succeeds, and the session goes on`, async t => {
    const place = await Place.create()
    const tab = await place.signedIn()
    const { closed } = place.provider.break('token', outage)
    const growth = await applications.growth(async () => { assertRefused(t, await place.ask(tab), status('token')) })
    t.ok(growth < 50 * MB, `the memory grows by ${growth} bytes`)
    await closed
    const sent = Math.max(...place.provider.sent)
    t.ok(sent < 20 * MB, `${sent} bytes left the provider`)
    t.same(await place.around(), ['the root', 'local'])
    place.provider.repair()
    await assertAsksAgain(t, place, tab)
  })
}

/** RFC 7009, section 2.2: the status says it all, and the body nothing. */
const isToldAllTheSame: ReadonlySet<string> = new Set(['answers HTML', 'answers JSON that breaks off', 'answers null'])

for (const [name, { outage }] of Object.entries(broken)) {
  test(`the revocation endpoint ${name}: the person is logged out, and the next logout revokes`, async t => {
    const place = await Place.create()
    const tab = await place.signedIn()
    const growth = await applications.growth(async () => {
      place.provider.break('revocation', outage)
      await assertLoggedOut(t, place, tab)
      await until(() => place.provider.sent.length === 2)
      if (!isToldAllTheSame.has(name)) {
        await until(async () => (await applications.log(place.origin)).includes('not revoked'))
      }
    })
    t.ok(growth < 50 * MB, `the memory grows by ${growth} bytes`)
    const sent = Math.max(...place.provider.sent)
    t.ok(sent < 20 * MB, `${sent} bytes left the provider`)
    t.same(await place.around(), ['the root', 'local'])
    place.provider.repair()
    const again = await place.signedIn()
    await assertLoggedOut(t, place, again)
    await until(() => place.provider.scripted.count('revocation') === 2)
  })
}

test('twenty logins at once at a token endpoint that answers 100 MB', async t => {
  const place = await Place.create()
  place.provider.break('token', pour)
  const growth = await applications.growth(async () => {
    const pages = await Promise.all(Array.from({ length: 20 }, async () => await place.signIn()))
    for (const page of pages) assertRefused(t, page, 503)
  })
  t.ok(growth < 50 * MB, `the memory grows by ${growth} bytes`)
  place.provider.repair()
  t.equal((await place.signIn()).status, 200)
})

test('the measure sees a client without bounds', async t => {
  const provider = await providers.add()
  provider.break('discovery', pour)
  const growth = await applications.growth(async () => {
    t.equal(await applications.readWhole(`${provider.scripted.issuer}/.well-known/openid-configuration`), 100 * MB)
  })
  t.ok(growth > 50 * MB, `the memory grows by ${growth} bytes`)
})
