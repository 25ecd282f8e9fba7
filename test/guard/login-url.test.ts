import Fastify from 'fastify'
import { test } from 'tap'
import { authPlugin } from '../../lib/index.ts'
import { openReturnPath } from '../../lib/routes/create-sign-in.ts'
import { buildSite, pathOf, type Site } from '../oidc/_site.ts'
import { secret, withProvider } from './_app.ts'

/** What the provider is asked with for a login whose address was made so. */
async function askedWith (site: Site, options: object): Promise<URLSearchParams> {
  const visitor = site.visitor()
  const url = (await visitor.get(`/url?options=${encodeURIComponent(JSON.stringify(options))}`)).body
  return new URL(await visitor.begin(pathOf(url))).searchParams
}

async function urlSite (t: Parameters<typeof buildSite>[0], oidc: object = {}): Promise<Site> {
  return await buildSite(t, {
    oidc,
    prepare (app) {
      app.get('/url', async request => request.loginUrl(JSON.parse((request.query as { options: string }).options)))
    }
  })
}

test('hints, languages, prompt and further parameters reach the provider', async t => {
  const site = await urlSite(t, { authorizationParameters: { ui_locales: 'de', audience: 'x' }, prompt: 'login' })
  const asked = await askedWith(site, {
    loginHint: 'ada@example.com', uiLocales: 'fr-CA fr', prompt: 'consent select_account', parameters: { domain_hint: 'a&b=c' }
  })
  t.match(Object.fromEntries(asked), {
    login_hint: 'ada@example.com', ui_locales: 'fr-CA fr', prompt: 'consent select_account', domain_hint: 'a&b=c', audience: 'x'
  })
  const other = await askedWith(site, { parameters: { login_hint: 'bob' } })
  t.match(Object.fromEntries(other), { login_hint: 'bob', ui_locales: 'de', prompt: 'login' })
})

test('a silent login asks with prompt=none, whatever is configured', async t => {
  t.equal((await askedWith(await urlSite(t, { prompt: 'consent' }), { silent: true })).get('prompt'), 'none')
})

test('a login that is silent first asks with prompt=none only where it would ask a question else', async t => {
  t.equal((await askedWith(await urlSite(t), { silent: 'first' })).has('prompt'), false)
  t.equal((await askedWith(await urlSite(t), { silent: 'first', prompt: 'consent' })).get('prompt'), 'none')
  t.equal((await askedWith(await urlSite(t, { prompt: 'login' }), { silent: 'first' })).get('prompt'), 'none')
})

test('people sign up where the provider does not say that it cannot do it', async t => {
  for (const [supported, prompt] of [[undefined, 'create'], [['none', 'create'], 'create'], [['none', 'login'], null]] as const) {
    const site = await urlSite(t)
    site.provider.metadata = { prompt_values_supported: supported }
    t.equal((await askedWith(site, { prompt: 'create' })).get('prompt'), prompt)
  }
  const site = await urlSite(t)
  site.provider.metadata = { prompt_values_supported: ['login', 'consent'] }
  t.equal((await askedWith(site, { prompt: 'create consent' })).get('prompt'), 'consent')
})

test('who must prove it now keeps what consent they are asked for', async t => {
  t.equal((await askedWith(await urlSite(t), { fresh: true, prompt: 'consent' })).get('prompt'), 'login consent')
  t.equal((await askedWith(await urlSite(t), { fresh: true, prompt: 'select_account' })).get('prompt'), 'login')
})

test('nothing of it can be read in the address, nor changed', async t => {
  const site = await urlSite(t)
  const options = { returnTo: '/a', loginHint: 'hidden-hint', appState: { cart: 'hidden-cart' } }
  const { body } = await site.visitor().get(`/url?options=${encodeURIComponent(JSON.stringify(options))}`)
  t.notMatch(body, 'hidden')
  const sealed = new URL(body).searchParams.get('returnTo')
  t.match(openReturnPath(site.vault, sealed), {
    returnTo: '/a', demands: { parameters: { login_hint: 'hidden-hint' }, appState: { cart: 'hidden-cart' } }
  })
})

const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

const malformed: readonly object[] = [
  { max_age: 0 }, { scopes: 'mail.read' }, { scopes: ['a b'] }, { acr: 'gold' }, { acr: ['"'] }, { maxAge: '0' },
  { maxAge: -1 }, { maxAge: NaN }, { fresh: 'yes' }, { silent: 'only' }, { silent: 1 }, { prompt: 'none' }, { prompt: '' },
  { prompt: 7 }, { prompt: 'login  consent' }, { silent: true, prompt: 'login' }, { silent: true, fresh: true },
  { silent: 'first', fresh: true }, { fresh: true, prompt: 'create' }, { parameters: 'a=b' }, { parameters: null },
  { parameters: { state: 'x' } }, { parameters: { a: 1 } }, { parameters: { a: '' } }, { parameters: { a: ['b'] } },
  { parameters: { a: 'x'.repeat(1100) } }, { loginHint: '' }, { loginHint: 7 }, { uiLocales: ['fr'] },
  { appState: () => {} }, { appState: 1n }, { appState: cyclic }, { appState: 'x'.repeat(1023) }
]

test('what is misspelt, malformed or too large is refused', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(authPlugin, { secret: secret(), ...withProvider })
  let options: object = {}
  app.get('/url', async request => request.loginUrl(options))
  for (options of [{}, {
    returnTo: '/a',
    scopes: ['a'],
    acr: ['b'],
    maxAge: 0,
    fresh: true,
    silent: false,
    prompt: 'login',
    loginHint: 'a',
    uiLocales: 'fr',
    parameters: { a: 'b' },
    appState: 'x'.repeat(1022)
  }]) t.match((await app.inject('/url')).body, /^http:/)
  for (options of malformed) t.match((await app.inject('/url')).json(), { code: 'FST_LOGIN_ARGUMENT_INVALID' }, Object.keys(options).join())
})
