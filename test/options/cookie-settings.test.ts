import { test } from 'tap'
import type { CookieSettings } from '../../lib/options/cookie-settings.ts'
import { inEnvironment, refuses, settingsOf } from './_refusal.ts'

function resolve (cookie: object = {}, options: object = {}): CookieSettings {
  return settingsOf({ ...options, session: { cookie } }).cookie
}

test('where nothing is said the cookie is as strict as a browser can be told', async t => {
  t.same(resolve(), {
    name: '__Host-login', domain: undefined, path: '/', httpOnly: true, sameSite: 'lax', secure: true, maxBytes: 7500
  })
  t.ok(Object.isFrozen(resolve()))
})

test('every attribute can be said', async t => {
  const cookie = { name: 'sid', domain: 'example.com', path: '/app', httpOnly: false, sameSite: 'none', secure: true, maxBytes: 12_000 }
  t.same(resolve(cookie), cookie)
  t.match(resolve({ sameSite: false, secure: false }), { sameSite: false, secure: false })
})

test('an unknown attribute is refused', async t => {
  refuses(t, () => resolve({ samesite: 'lax' }), 'session.cookie.samesite', 'sameSite')
  refuses(t, () => resolve({ maxAge: 1 }), 'session.cookie.maxAge')
  for (const cookie of [1, 'x', [], true]) refuses(t, () => settingsOf({ session: { cookie } }), 'session.cookie', 'must be an object')
})

test('a name that is no token is refused', async t => {
  for (const name of ['', 'a b', 'a=b', 'a;b', 'ä', 'a,b', '"a"', 'a\n', '(a)', 'a/b', 1, null, ['x'], {}]) {
    refuses(t, () => resolve({ name }), 'session.cookie.name')
  }
  t.equal(resolve({ name: "!#$%&'*+-.^_`|~09azAZ" }).name, "!#$%&'*+-.^_`|~09azAZ")
})

test('a domain that is no host is refused', async t => {
  for (const domain of ['', 'a b', 'a;b', 'example.com/', 'https://example.com', 'example.com:80', '-a.example', 'ä.example', '*.example.com', '..example', 1, null]) {
    refuses(t, () => resolve({ domain }), 'session.cookie.domain')
  }
  for (const domain of ['example.com', '.example.com', 'a-b.EXAMPLE', 'localhost']) t.equal(resolve({ domain }).domain, domain)
})

test('a path that a Set-Cookie line cannot carry is refused', async t => {
  for (const path of ['', 'app', '/a b', '/a;b', '/a\t', '/a\u0000', '/ä', '/a<b', 1, null]) {
    refuses(t, () => resolve({ path }), 'session.cookie.path')
  }
  t.equal(resolve({ path: '/a/b.c~d/%20' }).path, '/a/b.c~d/%20')
})

test('a name, domain or path that leaves no room for the session is refused', async t => {
  refuses(t, () => resolve({ name: 'n'.repeat(257) }), 'session.cookie.name', '256')
  refuses(t, () => resolve({ domain: `${'d'.repeat(50)}.`.repeat(6).slice(0, -1) }), 'session.cookie.domain', '256')
  refuses(t, () => resolve({ path: `/${'p'.repeat(256)}` }), 'session.cookie.path', '256')
})

test('attributes of another type are refused', async t => {
  for (const httpOnly of ['true', 1, null]) refuses(t, () => resolve({ httpOnly }), 'session.cookie.httpOnly', 'true or false')
  for (const sameSite of ['Lax', true, null, 'no']) refuses(t, () => resolve({ sameSite }), 'session.cookie.sameSite', '"lax", "strict", "none", false')
  for (const secure of ['true', 1, null, 'Auto']) refuses(t, () => resolve({ secure }), 'session.cookie.secure', 'true, false, "auto"')
})

test('the budget is between 1000 and 12000 bytes', async t => {
  for (const maxBytes of [999, 12_001, 0, -1, 1000.5, Infinity, '7500', null]) {
    refuses(t, () => resolve({ maxBytes }), 'session.cookie.maxBytes', 'from 1000 to 12000')
  }
  for (const maxBytes of [1000, 12_000]) t.equal(resolve({ maxBytes }).maxBytes, maxBytes)
})

test('a __Host- cookie with a domain, another path or in clear is refused, however it is spelled', async t => {
  for (const name of ['__Host-sid', '__host-sid', '__HOST-sid']) {
    for (const cookie of [{ domain: 'example.com' }, { path: '/app' }, { secure: false }]) {
      refuses(t, () => resolve({ name, ...cookie }), 'session.cookie.name', '__Host-')
    }
    refuses(t, () => resolve({ name }, { publicUrl: 'http://localhost' }), 'session.cookie.name', '__Host-')
    t.equal(resolve({ name }).name, name)
  }
})

test('a __Secure- cookie in clear is refused, however it is spelled', async t => {
  for (const name of ['__Secure-sid', '__secure-sid']) {
    refuses(t, () => resolve({ name, secure: false }), 'session.cookie.name', '__Secure-')
    t.equal(resolve({ name, domain: 'example.com', path: '/app' }).name, name)
  }
})

test('SameSite=None in clear is refused', async t => {
  refuses(t, () => resolve({ sameSite: 'none', secure: false }), 'session.cookie.sameSite', 'Secure')
  refuses(t, () => resolve({ sameSite: 'none' }, { publicUrl: 'http://localhost' }), 'session.cookie.sameSite', 'Secure')
})

test('a cookie in clear is refused in production', async t => {
  inEnvironment(t, 'production')
  refuses(t, () => resolve({ secure: false }), 'session.cookie.secure', 'production')
  t.equal(resolve({ secure: 'auto' }).secure, true)
  t.equal(resolve({ secure: true }).secure, true)
})

test('a cookie in clear is allowed elsewhere', async t => {
  for (const name of ['development', 'test', '']) {
    inEnvironment(t, name)
    t.equal(resolve({ secure: false }).secure, false)
  }
})

test('the default name says what the attributes allow', async t => {
  t.equal(resolve().name, '__Host-login')
  t.equal(settingsOf({ name: 'admin' }).cookie.name, '__Host-login-admin')
  t.equal(settingsOf({ name: 'admin', session: { cookie: { path: '/x' } } }).cookie.name, '__Secure-login-admin')
  t.equal(settingsOf({ name: 'admin', publicUrl: 'http://localhost:3000' }).cookie.name, 'login-admin-3000')
  t.equal(settingsOf({ name: 'admin', session: { cookie: { name: 'sid' } } }).cookie.name, 'sid')
  t.equal(resolve({ domain: 'example.com' }).name, '__Secure-login')
  t.equal(resolve({ path: '/app' }).name, '__Secure-login')
  t.equal(resolve({ secure: false }).name, 'login')
  t.equal(resolve({}, { publicUrl: 'http://localhost:3000' }).name, 'login-3000')
  t.equal(resolve({}, { publicUrl: 'http://localhost' }).name, 'login-80')
  t.equal(resolve({}, { publicUrl: 'https://localhost:3000' }).name, '__Host-login')
  t.equal(resolve({ secure: false }, { publicUrl: 'https://app.example' }).name, 'login')
})

test('a domain that is not the host of publicUrl, nor above it, is refused: browsers drop such a cookie', async t => {
  const publicUrl = 'https://app.example.com'
  for (const domain of ['example.org', 'pp.example.com', 'x.app.example.com']) {
    refuses(t, () => resolve({ domain }, { publicUrl }), 'session.cookie.domain', 'app.example.com')
  }
  for (const domain of ['app.example.com', 'example.com', '.Example.com']) {
    t.equal(resolve({ domain }, { publicUrl }).domain, domain)
  }
})
