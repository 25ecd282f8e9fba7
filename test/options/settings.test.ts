import { test } from 'tap'
import { strictSession } from '../../lib/index.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { secret } from '../_app.ts'
import { oidc, publicUrl, refuses, settingsOf } from './_refusal.ts'

test('a secret is all that is needed', async t => {
  t.match(settingsOf(), {
    publicUrl: undefined,
    limits: { idle: 86_400, absolute: 604_800, remember: 2_592_000, rollInterval: 4320 },
    loadUser: undefined,
    onLogin: undefined,
    providers: [],
    onUnauthorized: 'throw',
    allowedOrigins: [],
    now: Date.now
  })
})

test('options are an object with a secret', async t => {
  for (const options of [undefined, null, 'secret', []]) refuses(t, () => resolveSettings(options), 'options', 'must be an object')
  refuses(t, () => resolveSettings({}), 'secret', 'is missing')
})

test('an unknown option is refused at every level, also one that is planned', async t => {
  for (const name of ['secrets', 'store', 'brokers', 'names', 'cookie', 'event', 'pages', 'prefix']) {
    refuses(t, () => settingsOf({ [name]: {} }), name, 'secret, publicUrl, name, session')
  }
  for (const name of ['rolling', 'maxAge', 'path']) {
    refuses(t, () => settingsOf({ session: { [name]: 1 } }), `session.${name}`, 'store, mode, localCopy, idle, absolute, remember, cookie')
  }
  refuses(t, () => settingsOf({ session: { cookie: { samesite: 'lax' } } }), 'session.cookie.samesite')
  refuses(t, () => settingsOf({ publicUrl, oidc: { ...oidc, scope: 'x' } }), 'oidc.scope')
  refuses(t, () => settingsOf({ events: { loggedIn: () => {} } }), 'events.loggedIn', 'login, loginFailed, logout')
  refuses(t, () => settingsOf({ events: { login: 'x' } }), 'events.login', 'must be a function')
  refuses(t, () => settingsOf({ publicUrl, oidc, routes: { signin: '/x' } }), 'routes.signin')
})

test('what a browser forgets after a logout is a list of kinds, and true means its cache and its storage', async t => {
  const valueOf = (clearSiteData: unknown): unknown => settingsOf({ session: { clearSiteData } }).clearSiteData
  t.equal(settingsOf().clearSiteData, undefined)
  t.equal(valueOf(false), undefined)
  t.equal(valueOf(true), '"cache", "storage"')
  t.equal(valueOf(['cookies']), '"cookies"')
  t.equal(valueOf(['*', 'executionContexts']), '"*", "executionContexts"')
  refuses(t, () => valueOf([]), 'session.clearSiteData', 'Write false')
  for (const value of ['cache', 1, null, {}, ['"cache"'], ['cache', 'x'], ['Cache']]) {
    refuses(t, () => valueOf(value), 'session.clearSiteData')
  }
})

test('a browser that forgets all cookies after a logout cannot go on from the provider to a place of ours', async t => {
  const resolve = (clearSiteData: unknown, postLogoutRedirect?: unknown, routes = {}): unknown =>
    settingsOf({ publicUrl, session: { clearSiteData }, oidc: { ...oidc, postLogoutRedirect }, routes })
  for (const target of ['/bye', () => '/bye']) {
    for (const kinds of [['cookies'], ['cache', 'cookies'], ['*']]) {
      refuses(t, () => resolve(kinds, target), 'session.clearSiteData', 'Leave "cookies" and "*" out')
      t.ok(resolve(kinds, target, { loggedOut: false }), 'the provider knows the place itself')
    }
    t.ok(resolve(true, target))
  }
  t.ok(resolve(['cookies']))
  t.ok(resolve(['*'], 'https://www.example.com/'))
})

test('the times of a session are whole seconds up to 400 days', async t => {
  for (const name of ['idle', 'absolute', 'remember']) {
    for (const value of [0, -1, 1.5, NaN, Infinity, '60', null, true, 400 * 86_400 + 1]) {
      refuses(t, () => settingsOf({ session: { [name]: value } }), `session.${name}`, 'whole number')
    }
  }
  for (const name of ['idle', 'absolute']) refuses(t, () => settingsOf({ session: { [name]: false } }), `session.${name}`)
  const most = 400 * 86_400
  const session = { idle: most, absolute: most, remember: most }
  t.match(settingsOf({ session }).limits, session)
})

test('a session is an object', async t => {
  for (const session of ['x', 1, []]) refuses(t, () => settingsOf({ session }), 'session', 'must be an object')
})

test('an idle time beyond the absolute one is refused', async t => {
  refuses(t, () => settingsOf({ session: { idle: 11, absolute: 10 } }), 'session.idle', 'session.absolute')
  refuses(t, () => settingsOf({ session: { absolute: 3600 } }), 'session.idle', 'session.absolute')
  t.match(settingsOf({ session: { idle: 10, absolute: 10 } }).limits, { idle: 10 })
})

test('nobody need be remembered', async t => {
  t.equal(settingsOf({ session: { remember: false } }).limits.remember, false)
})

test('the strict life of a session is half an hour, twelve hours, and nobody remembered', async t => {
  t.match(settingsOf({ session: strictSession }).limits, { idle: 1800, absolute: 43_200, remember: false })
})

test('a session is written once in a twentieth of the idle time, at most once a minute, twice in a short one', async t => {
  for (const [idle, rollInterval] of [
    [86_400, 4320], [1800, 90], [1219, 60], [1200, 60], [300, 60], [120, 60], [60, 30], [1, 0.5]
  ] as const) {
    t.equal(settingsOf({ session: { idle } }).limits.rollInterval, rollInterval, `${idle}`)
  }
})

test('a name can be a property and part of a cookie', async t => {
  for (const name of ['', 'a b', 'a.b', '1a', '_a', '__proto__', 'ä', 'x'.repeat(33), 'a;b', null, 1]) refuses(t, () => settingsOf({ name }), 'name')
  for (const name of ['admin', 'A-1_b', 'constructor', 'x'.repeat(32)]) t.equal(settingsOf({ name }).name, name)
  t.equal(settingsOf().name, undefined)
})

test('the protection space of a name is its own', async t => {
  t.equal(settingsOf({ name: 'admin' }).realm, 'login admin')
  t.equal(settingsOf({ name: 'admin', publicUrl }).realm, `${publicUrl} admin`)
})

test('what strangers get follows from whether there is a provider', async t => {
  const answer = (): string => 'no'
  t.equal(settingsOf().onUnauthorized, 'throw')
  t.equal(settingsOf({ publicUrl, oidc }).onUnauthorized, 'auto')
  t.equal(settingsOf({ publicUrl, oidc, onUnauthorized: 'throw' }).onUnauthorized, 'throw')
  t.equal(settingsOf({ onUnauthorized: answer }).onUnauthorized, answer)
})

test('a redirect to a sign-in that does not exist is refused', async t => {
  refuses(t, () => settingsOf({ onUnauthorized: 'auto' }), 'onUnauthorized', 'without "oidc"')
  for (const value of ['redirect', true, 1, {}]) {
    refuses(t, () => settingsOf({ onUnauthorized: value }), 'onUnauthorized', '"throw", "auto" or a function')
  }
})

test('routes of a sign-in without a provider are refused', async t => {
  refuses(t, () => settingsOf({ routes: { login: '/x' } }), 'routes.login', 'without "oidc"')
  refuses(t, () => settingsOf({ routes: null }), 'routes')
  t.match(settingsOf({ routes: { sessions: '/x' } }).routes, { prefix: '/auth', sessions: '/x' })
  t.equal(settingsOf({ publicUrl, oidc, routes: { prefix: '/x' } }).routes.prefix, '/x')
})

test('an origin is written as browsers send it', async t => {
  for (const origin of [
    'a.example', 'https://a.example/', 'https://a.example/path', 'https://A.example', 'https://a.example:443', 'null', '*',
    'https://*.example', 'https://*', 'https://u@a.example', 'capacitor://localhost'
  ]) refuses(t, () => settingsOf({ allowedOrigins: [origin] }), 'allowedOrigins', 'without a path')
  refuses(t, () => settingsOf({ allowedOrigins: ['https://a.example', 1] }), 'allowedOrigins[1]')
  refuses(t, () => settingsOf({ allowedOrigins: 'https://a.example' }), 'allowedOrigins', 'list of texts')
  const allowedOrigins = ['https://a.example', 'http://localhost:3000']
  t.same(settingsOf({ allowedOrigins }).allowedOrigins, allowedOrigins)
})

test('what is called must be a function', async t => {
  const oidc = { issuer: 'https://id.example.com', clientId: 'app' }
  for (const name of ['loadUser', 'userId', 'onLogin', 'now']) {
    const further = ['userId', 'onLogin'].includes(name) ? { oidc, publicUrl: 'https://app.example.com' } : {}
    refuses(t, () => settingsOf({ ...further, [name]: 'x' }), name, 'must be a function')
    const called = (): number => 7
    const settings = settingsOf({ ...further, [name]: called })
    // It is told of the person and nothing more, so it is not called as it is.
    if (name === 'userId') t.equal(settings.userId({ issuer: oidc.issuer, subject: 'a', provider: 'oidc' }, {}), 7)
    else t.equal(settings[name as 'now'], called)
  }
})

test('templates know the user unless they shall not', async t => {
  t.equal(settingsOf().templates, true)
  t.equal(settingsOf({ templates: false }).templates, false)
  for (const templates of ['yes', 1, null]) refuses(t, () => settingsOf({ templates }), 'templates', 'true or false')
})

test('userId and onLogin mean nothing without a provider', async t => {
  for (const name of ['userId', 'onLogin']) refuses(t, () => settingsOf({ [name]: () => 'x' }), name, '"oidc"')
})

test('a browser that forgets all cookies at a logout cannot remember that nobody is to be signed in silently', async t => {
  for (const kind of ['cookies', '*']) {
    const options = { publicUrl, session: { clearSiteData: [kind] }, oidc: { ...oidc, silentLogin: true } }
    refuses(t, () => settingsOf(options), 'session.clearSiteData', 'oidc.silentLogin')
    settingsOf({ ...options, oidc })
  }
  settingsOf({ publicUrl, session: { clearSiteData: true }, oidc: { ...oidc, silentLogin: true } })
})

/** Every object in a value, with the way to it. Functions and the clock are the caller's own. */
function objectsIn (value: unknown, path = 'settings'): ReadonlyArray<readonly [string, object]> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  return [[path, value], ...Object.entries(value).flatMap(([name, one]) => objectsIn(one, `${path}.${name}`))]
}

test('settings are frozen, all the way down', async t => {
  const objects = objectsIn(settingsOf({
    publicUrl,
    secret: [secret(), secret()],
    allowedOrigins: ['https://a.example'],
    oidc: {
      ...oidc,
      clientSecret: 'shh',
      acrValues: ['x'],
      authorizationParameters: { a: 'b' },
      metadata: {
        issuer: oidc.issuer,
        authorization_endpoint: publicUrl,
        token_endpoint: publicUrl,
        jwks_uri: publicUrl
      }
    }
  }))
  t.equal(objects.length, 29)
  const secrets = ['settings.providers.0.clientSecret', 'settings.providers.0.clientProof.secret']
  for (const [path, object] of objects) if (!secrets.includes(path)) t.ok(Object.isFrozen(object), path)
})

/** Refuses to be changed, all the way down. */
function freezeAll<T extends object> (value: T): T {
  for (const one of Object.values(value)) if (typeof one === 'object' && one !== null) freezeAll(one as object)
  return Object.freeze(value)
}

test('options are copied: neither are they changed, nor do later changes of them matter', async t => {
  const write = () => ({
    secret: [secret()],
    publicUrl,
    session: { idle: 60, cookie: { name: 'sid' } },
    oidc: { ...oidc, scopes: ['a'], acrValues: ['b'], authorizationParameters: { c: 'd' } },
    routes: { prefix: '/x' },
    allowedOrigins: ['https://a.example']
  })
  t.equal(settingsOf(freezeAll(write())).cookie.name, 'sid')

  const options = write()
  const settings = settingsOf(options)
  options.session.cookie.name = 'changed'
  options.session.idle = 1
  options.oidc.scopes.push('changed')
  options.oidc.acrValues.push('changed')
  options.oidc.authorizationParameters.c = 'changed'
  options.routes.prefix = '/changed'
  options.allowedOrigins.push('https://changed.example')
  options.secret.push('changed')
  t.notMatch(JSON.stringify(settings), 'changed')
  t.equal(settings.limits.idle, 60)
  t.equal(settings.secrets.length, 1)
})

test('a store means store mode, unless the mode says otherwise', async t => {
  const localCopy = false
  t.same(settingsOf({}).session, { store: undefined, mode: 'cookie', localCopy })
  t.same(settingsOf({ session: { store: 'memory:' } }).session, { store: 'memory:', mode: 'store', localCopy })
  t.same(settingsOf({ session: { store: 'memory:', mode: 'cookie' } }).session, { store: 'memory:', mode: 'cookie', localCopy })
  t.same(settingsOf({ session: { mode: 'cookie' } }).session, { store: undefined, mode: 'cookie', localCopy })
  refuses(t, () => settingsOf({ session: { mode: 'store' } }), 'session.store', 'is missing')
  refuses(t, () => settingsOf({ session: { mode: 'both' } }), 'session.mode', '"cookie", "store"')
  for (const store of [null, 7, true, () => {}]) refuses(t, () => settingsOf({ session: { store } }), 'session.store', 'must be a store')
})

test('a local copy is of a store', async t => {
  const store = 'redis://localhost'
  t.same(settingsOf({ session: { store, localCopy: true } }).session, { store, mode: 'store', localCopy: true })
  for (const localCopy of [1, 'yes', null, {}]) {
    refuses(t, () => settingsOf({ session: { store, localCopy } }), 'session.localCopy', 'true or false')
  }
  for (const session of [{ localCopy: true }, { localCopy: true, mode: 'cookie' }]) {
    refuses(t, () => settingsOf({ session }), 'session.localCopy', 'needs a "session.store" in Redis')
  }
})
