import { join } from 'node:path'
import * as client from 'openid-client'
import { test, type Test } from 'tap'
import type { DevProvider, DevProviderOptions } from '../../lib/dev-provider/index.ts'
import type { AuthOptions } from '../../lib/index.ts'
import { secret as createSecret } from '../_app.ts'
import { startListening } from '../_listening-process.ts'
import { startRedis } from '../_redis.ts'
import { needsRedis } from '../_services.ts'
import { startApplication, startProvider } from './_application.ts'
import { Browser } from './_browser.ts'
import { begin, configurationOf, refusalOf, startLoopback } from './_program.ts'

/** Seconds: access tokens of the provider are due before their end, and refresh tokens are good once. */
const LIFE = 10
const SCOPE = 'reports.read offline_access'

interface Town {
  readonly provider: DevProvider
  readonly program: client.Configuration
  /** What processes of this application are configured with. */
  readonly options: Pick<AuthOptions, 'secret' | 'publicUrl' | 'oidc' | 'programs' | 'broker'>
  /** Answers of the provider to a refresh. */
  readonly refreshes: () => number
  readonly ended: string[]
  /** Between the application and its provider. */
  readonly way: { fetch: typeof globalThis.fetch }
  /** Moves the clock of the application on, by seconds. */
  advance (seconds: number): void
  /** A person lets the program act for them. */
  signIn (): Promise<string>
  refresh (token: string): Promise<client.TokenEndpointResponse>
}

async function startTown (
  t: Test, { broker = {}, ...providerOptions }: DevProviderOptions & Pick<AuthOptions, 'broker'> = {}
): Promise<Town> {
  let [refreshed, ahead] = [0, 0]
  const ended: string[] = []
  const provider = await startProvider(t, {
    accessTokenTtl: LIFE,
    onTokens ({ grantType }) { if (grantType === 'refresh_token') refreshed++ },
    ...providerOptions
  })
  const loopback = await startLoopback(t)
  const way: Town['way'] = { fetch: globalThis.fetch }
  const shared = {
    secret: createSecret(),
    programs: { cli: { redirectUris: ['http://127.0.0.1/callback'], scopes: ['reports.read'] } },
    broker
  }
  const { issuer, clientId, clientSecret } = provider
  const oidc = { issuer, clientId, clientSecret, scopes: ['offline_access'] }
  const { origin } = await startApplication(t, {
    provider,
    ...shared,
    oidc: { ...oidc, fetch: async (...request) => await way.fetch(...request) },
    events: { sessionEnded: ({ reason }) => ended.push(reason) },
    now: () => Date.now() + ahead
  })
  const program = configurationOf(origin, '/auth', 'cli')
  return {
    provider,
    program,
    options: { ...shared, publicUrl: origin, oidc },
    refreshes: () => refreshed,
    ended,
    way,
    advance (seconds) { ahead += seconds * 1000 },
    async signIn () {
      const { url, checks } = await begin(program, loopback.redirectUri, SCOPE)
      const tab = new Browser().tab()
      await tab.open(url)
      await tab.submit('continue')
      const { url: back } = await tab.submit('alice')
      return String((await client.authorizationCodeGrant(program, back, checks)).refresh_token)
    },
    refresh: async token => await client.refreshTokenGrant(program, token)
  }
}

test('fifty refreshes at once, in two processes that share a store, refresh at the provider once', needsRedis(), async t => {
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  const { options, refreshes, signIn } = await startTown(t, { broker: { store: redis.url } })
  const token = await signIn()
  const env = { MEMBER: JSON.stringify({ ...options, ahead: LIFE * 1000 }) }
  const program = join(import.meta.dirname, '_broker-member.ts')
  const members = await Promise.all([startListening(t, program, env), startListening(t, program, env)])
  const clients = members.map(({ address }) => configurationOf(address, '/auth', 'cli'))
  const answers = await Promise.all(clients.flatMap(one =>
    Array.from({ length: 25 }, () => client.refreshTokenGrant(one, token))))
  t.equal(answers.length, 50)
  t.equal(new Set(answers.map(({ refresh_token: successor }) => successor)).size, 1, 'all have one successor')
  t.equal(refreshes(), 1)
  const [one] = clients
  const [answer] = answers
  if (one === undefined || answer === undefined) throw new Error('nobody answered')
  t.match(await client.refreshTokenGrant(one, String(answer.refresh_token)), { refresh_token: String })
  t.equal(refreshes(), 1, 'what came of it is good for a while')
})

test('a person who is disabled at the provider loses the program with its next refresh that is due there', async t => {
  const disabled = new Set<string>()
  const findAccount = (_context: unknown, id: string): object | undefined =>
    disabled.has(id) ? undefined : { accountId: id, claims: async () => ({ sub: id }) }
  const { signIn, refresh, advance, ended, program } = await startTown(t, { configuration: { findAccount } })
  const token = await signIn()
  disabled.add('alice')
  const { refresh_token: next } = await refresh(token)
  advance(LIFE)
  t.match(await refusalOf(refresh(String(next))), { status: 400, error: 'invalid_grant' })
  t.same(ended, ['grantRevoked'])
  disabled.clear()
  t.match(await refusalOf(client.refreshTokenGrant(program, String(next))), { status: 400, error: 'invalid_grant' })
})

test('a provider that is down keeps no program from its tokens, and is asked when it is back', async t => {
  const { signIn, refresh, advance, ended, refreshes, way } = await startTown(t)
  const token = await signIn()
  advance(LIFE)
  way.fetch = async (_input, init) => await fetch('http://127.0.0.1:1', init)
  const { refresh_token: second } = await refresh(token)
  t.equal(refreshes(), 0)
  way.fetch = fetch
  advance(5)
  const { refresh_token: third } = await refresh(String(second))
  t.equal(refreshes(), 1, 'with the refresh token that was never used')
  advance(LIFE)
  t.match(await refresh(String(third)), { refresh_token: String })
  t.equal(refreshes(), 2, 'and with the one that came of it')
  t.same(ended, [])
})

test('an answer of the provider that is lost on its way takes nothing from the program', async t => {
  const { signIn, refresh, advance, ended, refreshes, way } = await startTown(t)
  const token = await signIn()
  advance(LIFE)
  way.fetch = async (input, init) => {
    await fetch(input, init)
    throw new TypeError('fetch failed')
  }
  const { refresh_token: second } = await refresh(token)
  t.equal(refreshes(), 1, 'the provider gave a token that nobody got')
  way.fetch = fetch
  advance(5)
  const { refresh_token: third } = await refresh(String(second))
  t.match(await refresh(String(third)), { refresh_token: String }, 'that it is spent is not taken for a word about the person')
  t.same(ended, [])
})
