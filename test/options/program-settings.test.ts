import { test } from 'tap'
import type { ProgramSettings } from '../../lib/options/program-settings.ts'
import { oidc, publicUrl, refuses, settingsOf } from './_refusal.ts'

function programOf (program: object): ProgramSettings | undefined {
  return settingsOf({ publicUrl, oidc, bearer: { issued: true }, programs: { cli: program } }).programs[0]
}

test('a program is a public client with a code challenge where nothing else is said', async t => {
  t.same(programOf({}), {
    clientId: 'cli',
    label: 'cli',
    redirectUris: [],
    postLogoutRedirectUris: [],
    secret: undefined,
    scopes: [],
    provider: undefined,
    isPassThrough: false,
    requiresPkce: true,
    mayExchange: false,
    mayIntrospect: false,
    accessTokenTtl: 600,
    refreshTokenTtl: 2_592_000
  })
})

test('a browser is sent back to https, to loopback, or to a scheme of the program', async t => {
  for (const address of ['https://tool.example/cb', 'http://127.0.0.1/cb', 'http://[::1]:1/cb', 'com.example.tool:/cb']) {
    t.same(programOf({ redirectUris: [address] })?.redirectUris, [address])
  }
  for (const address of ['http://tool.example/cb', 'javascript:alert(1)', 'tool:/cb', 'https://a.example/#x', 'https://u@a.example/', '/cb']) {
    refuses(t, () => programOf({ redirectUris: [address] }), 'programs["cli"].redirectUris[0]')
  }
})

test('tokens that are bound to a key of this application are passed on to nobody', async t => {
  const bound = { ...oidc, dpop: true }
  const settings = (program: object): unknown =>
    settingsOf({ publicUrl, oidc: bound, bearer: { issued: true }, programs: { cli: program } })
  refuses(t, () => settings({ passThrough: true }), 'programs["cli"].passThrough')
  t.ok(settings({}))
  const providers = { bound, free: oidc }
  const several = (provider: string | undefined): unknown => {
    const cli = { passThrough: true, ...provider === undefined ? {} : { provider } }
    return settingsOf({ publicUrl, providers, bearer: { issued: true }, programs: { cli } })
  }
  refuses(t, () => several(undefined), 'programs["cli"].passThrough')
  refuses(t, () => several('bound'), 'programs["cli"].passThrough')
  t.ok(several('free'))
})

test('a program names a provider of this application, or none', async t => {
  const more = { issuer: 'https://other.example', clientId: 'x' }
  const options = { publicUrl, bearer: { issued: true }, providers: { work: oidc, more } }
  const programWith = (provider: unknown): unknown =>
    settingsOf({ ...options, programs: { cli: { provider } } }).programs[0]?.provider
  t.equal(programWith('work'), 'work')
  for (const name of ['Work', 'oidc', '', 1]) refuses(t, () => programWith(name), 'programs["cli"].provider')
})

test('programs need a provider that is the same for everybody', async t => {
  for (const options of [{}, { publicUrl, providers: { work: () => oidc } }]) {
    refuses(t, () => settingsOf({ ...options, bearer: { issued: true }, programs: { cli: {} } }), 'programs', 'needs a provider')
  }
  t.same(settingsOf({ programs: {} }).programs, [])
})

test('a program gets tokens that something takes', async t => {
  refuses(t, () => settingsOf({ publicUrl, oidc, programs: { cli: {} } }), 'bearer.issued', 'the program "cli"')
  const { programs } = settingsOf({ publicUrl, oidc, programs: { cli: { passThrough: true } } })
  t.match(programs, [{ isPassThrough: true }])
})

test('a scope is one word, and a client id is one that a header carries', async t => {
  for (const scopes of [['a b'], ['"'], [''], ['a\\b'], 'mail.read']) {
    refuses(t, () => programOf({ scopes }), Array.isArray(scopes) && scopes[0] === '' ? 'programs["cli"].scopes[0]' : 'programs["cli"].scopes')
  }
  t.same(programOf({ scopes: ['a', 'a', 'b'] })?.scopes, ['a', 'b'])
  for (const clientId of ['', 'a b', 'a:b', 'ä', 'x'.repeat(129)]) {
    const options = { publicUrl, oidc, bearer: { issued: true }, programs: { [clientId]: {} } }
    refuses(t, () => settingsOf(options), `programs[${JSON.stringify(clientId)}]`, 'client id')
  }
})

test('a token that is bound to a key of ours is passed on to no program', async t => {
  const dpop = { ...oidc, dpop: true }
  const settings = (options: object): unknown => settingsOf({ publicUrl, bearer: { issued: true }, ...options })
  refuses(t, () => settings({ oidc: dpop, programs: { cli: { passThrough: true } } }), 'programs["cli"].passThrough')
  settings({ oidc: dpop, programs: { cli: {} } })
  const providers = { work: oidc, bound: { ...dpop, issuer: 'https://bound.example' } }
  settings({ providers, programs: { cli: { passThrough: true, provider: 'work' } } })
  refuses(t, () => settings({ providers, programs: { cli: { passThrough: true, provider: 'bound' } } }), 'programs["cli"].passThrough')
  refuses(t, () => settings({ providers, programs: { cli: { passThrough: true } } }), 'programs["cli"].passThrough')
})

test('a program has of the broker what it does not say itself', async t => {
  const broker = { accessTokenTtl: 120, refreshTokenTtl: 3600 }
  const withBroker = (program: object): unknown =>
    settingsOf({ publicUrl, oidc, broker, programs: { cli: program } }).programs[0]
  t.match(withBroker({}), { accessTokenTtl: 120, refreshTokenTtl: 3600 })
  t.match(withBroker({ accessTokenTtl: 60, refreshTokenTtl: 60 }), { accessTokenTtl: 60, refreshTokenTtl: 60 })
  for (const accessTokenTtl of [0, 86_401, null]) refuses(t, () => withBroker({ accessTokenTtl }), 'programs["cli"].accessTokenTtl')
})

test('a program exchanges tokens of others only at a broker, and where it says so', async t => {
  const withBroker = (program: object): unknown =>
    settingsOf({ publicUrl, oidc, broker: {}, programs: { cli: program } }).programs[0]
  t.match(withBroker({}), { mayExchange: false })
  t.match(withBroker({ tokenExchange: true }), { mayExchange: true })
  t.match(programOf({ tokenExchange: false }), { mayExchange: false })
  refuses(t, () => programOf({ tokenExchange: true }), 'programs["cli"].tokenExchange', 'without "broker"')
  for (const tokenExchange of ['yes', null, 1]) refuses(t, () => withBroker({ tokenExchange }), 'programs["cli"].tokenExchange', 'true or false')
})

test('whoever asks about the tokens of others has a secret', async t => {
  t.match(programOf({ secret: 's', introspect: true }), { mayIntrospect: true })
  t.match(programOf({ introspect: false }), { mayIntrospect: false })
  refuses(t, () => programOf({ introspect: true }), 'programs["cli"].introspect', 'needs a "secret"')
  for (const introspect of ['yes', null, 1]) refuses(t, () => programOf({ secret: 's', introspect }), 'programs["cli"].introspect', 'true or false')
})
