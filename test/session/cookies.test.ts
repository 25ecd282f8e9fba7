import type { FastifyInstance } from 'fastify'
import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import type { CookieOptions } from '../../lib/index.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { createBinding, sealBinding } from '../../lib/oidc/login/transaction.ts'
import { joinChunks } from '../../lib/session/chunks.ts'
import { type Cookies, createCookies } from '../../lib/session/cookies.ts'
import { createClock } from '../../lib/testing/index.ts'
import { buildApp, type BuildOptions, type LoginBody, secret } from '../_app.ts'
import { Jar, setCookiesOf } from '../_jar.ts'
import { NOON, vaultOf } from './_session.ts'

// @fastify/cookie loads what it serializes with when it is registered, which the plugin does before it makes cookies.
await vaultOf()

const oidc = { issuer: 'https://id.example', clientId: 'c' }

function cookiesWith (cookie: CookieOptions = {}, options: BuildOptions = {}): Cookies {
  const { logger, ...rest } = options
  return createCookies(resolveSettings({ secret: secret(), session: { cookie }, ...rest }))
}

function nameOf (line: string): string {
  return line.slice(0, line.indexOf('='))
}

/** Everything behind the value. */
function attributesOf (line: string): readonly string[] {
  return line.split('; ').slice(1)
}

async function login (app: FastifyInstance, body: LoginBody = {}, jar = new Jar()) {
  return await app.inject({ method: 'POST', url: '/login', body, headers: jar.headers })
}

/** The one line that a login sets, and the one that the logout after it clears with. */
async function linesOf (options: BuildOptions): Promise<readonly [string, string]> {
  const app = await buildApp(options)
  const answer = await login(app)
  const jar = new Jar().take(answer)
  const farewell = await app.inject({ method: 'POST', url: '/logout', headers: jar.headers })
  await app.close()
  const [set = '', ...more] = setCookiesOf(answer)
  const [cleared = '', ...others] = setCookiesOf(farewell)
  if (more.length + others.length > 0) throw new Error('more than one cookie')
  return [set, cleared]
}

test('where nothing is configured the cookie is Secure, HttpOnly, Lax and of this host alone', async t => {
  const [line] = await linesOf({})
  t.equal(nameOf(line), '__Host-login')
  t.same(attributesOf(line), ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax'])
})

test('a login that is not remembered ends with the browser, a remembered one with the session', async t => {
  const app = await buildApp({ session: { remember: 5000 }, now: createClock().now })
  t.teardown(() => app.close())
  t.notMatch(setCookiesOf(await login(app)).join(), /max-age|expires/i)
  t.match(setCookiesOf(await login(app, { remember: true })).join(), '; Max-Age=5000;')
  t.match(setCookiesOf(await login(app, { remember: true, ttl: 7 })).join(), '; Max-Age=7;')
})

test('no cookie is asked to live longer than browsers keep one', async t => {
  const app = await buildApp({ now: createClock().now })
  t.teardown(() => app.close())
  t.match(setCookiesOf(await login(app, { remember: true, ttl: 34_560_000 })).join(), '; Max-Age=34560000;')
  t.match((await login(app, { remember: true, ttl: 34_560_001 })).json(), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
})

const named: ReadonlyArray<readonly [string, BuildOptions, string]> = [
  ['https', { publicUrl: 'https://app.example.com' }, '__Host-login'],
  ['https with a path', { publicUrl: 'https://app.example.com/app' }, '__Host-login'],
  ['https on loopback', { publicUrl: 'https://localhost:8443' }, '__Host-login'],
  ['http on localhost', { publicUrl: 'http://localhost:3000' }, 'login-3000'],
  ['http on localhost and the default port', { publicUrl: 'http://localhost' }, 'login-80'],
  ['http on 127.0.0.1', { publicUrl: 'http://127.0.0.1:8080/app' }, 'login-8080'],
  ['http on [::1]', { publicUrl: 'http://[::1]:8080' }, 'login-8080'],
  ['a domain', { session: { cookie: { domain: 'example.com' } } }, '__Secure-login'],
  ['another path', { session: { cookie: { path: '/app' } } }, '__Secure-login'],
  ['secure: false', { session: { cookie: { secure: false } } }, 'login'],
  ['secure: false on https', { publicUrl: 'https://app.example.com', session: { cookie: { secure: false } } }, 'login'],
  ['secure: true on loopback', { publicUrl: 'http://localhost:3000', session: { cookie: { secure: true } } }, '__Host-login'],
  ['a name of its own', { session: { cookie: { name: 'sid' } } }, 'sid'],
  ['a __Host- name of its own', { session: { cookie: { name: '__Host-sid' } } }, '__Host-sid'],
  ['a __Secure- name of its own', { session: { cookie: { name: '__Secure-sid', path: '/app' } } }, '__Secure-sid']
]

for (const [where, options, name] of named) {
  test(`with ${where} the cookie is called ${name}`, async t => {
    t.equal(nameOf((await linesOf(options))[0]), name)
  })
}

test('the cookie is Secure exactly where it has to be', async t => {
  const isSecure = async (options: BuildOptions): Promise<boolean> => attributesOf((await linesOf(options))[0]).includes('Secure')
  t.equal(await isSecure({}), true)
  t.equal(await isSecure({ session: { cookie: { secure: 'auto' } } }), true)
  t.equal(await isSecure({ publicUrl: 'https://app.example.com' }), true)
  t.equal(await isSecure({ publicUrl: 'http://localhost:3000' }), false)
  t.equal(await isSecure({ publicUrl: 'http://localhost:3000', session: { cookie: { secure: true } } }), true)
  t.equal(await isSecure({ session: { cookie: { secure: false } } }), false)
})

test('every attribute is written as it is configured, and the same ones when the cookie is cleared', async t => {
  for (const sameSite of ['lax', 'strict', 'none', false] as const) {
    for (const [secure, httpOnly, path, domain] of [
      [true, true, '/', undefined], [true, false, '/app', undefined], [true, true, '/', 'example.com'],
      [true, false, '/app', 'example.com'], [false, true, '/', undefined], [false, false, '/app', 'example.com']
    ] as const) {
      if (sameSite === 'none' && !secure) continue
      const [set, cleared] = await linesOf({
        session: { cookie: { sameSite, secure, httpOnly, path, ...(domain === undefined ? {} : { domain }) } }
      })
      const expected = [
        ...(domain === undefined ? [] : [`Domain=${domain}`]), `Path=${path}`, ...(httpOnly ? ['HttpOnly'] : []),
        ...(secure ? ['Secure'] : []), ...(sameSite === false ? [] : [`SameSite=${sameSite.charAt(0).toUpperCase()}${sameSite.slice(1)}`])
      ]
      t.same(attributesOf(set), expected)
      t.equal(nameOf(cleared), nameOf(set))
      t.same(attributesOf(cleared).filter(attribute => !/^(max-age|expires)=/i.test(attribute)), expected)
      t.match(cleared, /^[^=]+=; Max-Age=0; /)
      t.match(cleared, '; Expires=Thu, 01 Jan 1970 00:00:00 GMT')
    }
  }
})

test('a header gives each cookie as it was sent, nothing decoded', async t => {
  const cookies = cookiesWith()
  t.match(cookies.read('a=1; b=%41%20;c = d ; quoted="x"; empty=; =nameless; lonely'), { a: '1', b: '%41%20', c: 'd', quoted: '"x"', empty: '' })
})

test('a cookie that comes twice is left out, whatever its values', async t => {
  const cookies = cookiesWith()
  for (const header of ['a=1; b=2; a=1', 'a=1; a=2; b=2', 'a=1;a=;b=2', ' a =1;b=2; a=3; a=4']) {
    t.equal(cookies.read(header).a, undefined, header)
    t.equal(cookies.read(header).b, '2', header)
  }
})

test('blanks around a name are no part of it, and no other characters are blanks', async t => {
  const read = cookiesWith().read('\t a \t=1;\u00a0b=2; b=3; \ufeffc=4;c=5;  = ;   ')
  t.match(read, { a: '1', b: '3', c: '5', '\u00a0b': '2', '\ufeffc': '4' })
})

test('the session that is found without parsing a header is the one that the parser finds', async t => {
  const cookies = cookiesWith()
  const name = cookies.sessionName
  const pieces = [
    name, `${name}=1abc`, `${name}=2abc`, `${name}.1=def`, `${name}-binding=x`, `x${name}=1`, `${name}="1abc"`, '=', ';', '; ', ' ', '\t', '"', ',',
    'a=b', '\u00a0', '1x', name.toLowerCase(), `${name} =1abc`, `${name}=1a c`, `${name}=`, `; ${name}=1abc; `
  ]
  let seed = 1
  const pick = (count: number): number => (seed = seed * 48_271 % 2_147_483_647) % count
  const differing: string[] = []
  let found = 0
  for (let turn = 0; turn < 20_000; turn++) {
    const header = Array.from({ length: 1 + pick(7) }, () => pieces[pick(pieces.length)]).join(pick(2) === 0 ? '' : '; ')
    const text = cookies.session(header)
    if (text !== undefined) found++
    const parsed = cookies.mayHaveSession(header) ? joinChunks(name, cookies.read(header)) : undefined
    if (text !== parsed) differing.push(header)
  }
  t.same(differing, [])
  t.ok(found > 1000, 'many of them have one')
})

test('names of an object\'s own members are ordinary names', async t => {
  const read = cookiesWith().read('__proto__=a; constructor=b')
  t.same(Object.keys(read).toSorted(), ['__proto__', 'constructor'])
  t.equal(cookiesWith().read('a=1').toString, undefined)
})

test('a header without the name of the session cookie needs no reading', async t => {
  const cookies = cookiesWith({ name: 'login' })
  for (const header of ['', 'theme=dark', 'login.1=x', 'login', 'Login=x', 'login-hint=x']) t.notOk(cookies.mayHaveSession(header), header)
  for (const header of ['login=', 'a=b; login=x', 'a=b;login=x']) t.ok(cookies.mayHaveSession(header), header)
})

for (const [what, cookie] of [
  ['a plain name', { name: 'l', secure: false }],
  ['the default name', {}],
  ['the longest name, domain and path', { name: 'n'.repeat(256), domain: `${'d'.repeat(61)}.`.repeat(4).slice(0, -1), path: `/${'p'.repeat(255)}`, sameSite: 'strict' }]
] as const) {
  test(`with ${what} no Set-Cookie line is longer than 4050 bytes, and the largest session fits`, async t => {
    const cookies = cookiesWith({ maxBytes: 12_000, ...cookie })
    let largest = 0
    for (let length = 1; length < 12_000; length += 7) {
      let written
      try {
        written = cookies.writeSession('x'.repeat(length), 34_560_000, undefined)
      } catch {
        break
      }
      largest = length
      if (written.some(({ line }) => Buffer.byteLength(line) > 4050)) t.fail(`${length}`)
    }
    const names = 4 * (cookies.sessionName.length + 5) + cookies.bindingName.length
    t.ok(largest > 12_000 - names - 240, `${largest}`)
  })
}

test('the chunks of a session carry its whole text under exact names', async t => {
  const cookies = cookiesWith({ name: 'sid', maxBytes: 12_000 })
  const text = randomBytes(4500).toString('base64url')
  const written = cookies.writeSession(text, undefined, undefined)
  t.same(written.map(({ name }) => name), ['sid', 'sid.1'])
  t.equal(written.map(({ line }) => line.slice(line.indexOf('=') + 1, line.indexOf(';'))).join(''), `2${text}`)
})

/** Bytes of all cookies of ours in the Cookie header of a browser that has a session and a binding. */
async function headerBytes (cookies: Cookies, length: number): Promise<number> {
  const finished = Array(4).fill(NOON - 600)
  const binding = cookies.writeBinding(sealBinding(await vaultOf(), { ...createBinding(NOON), finished }))
  const jar = new Jar()
  for (const { line } of [...cookies.writeSession('x'.repeat(length), undefined, undefined), binding]) {
    jar.take({ headers: { 'set-cookie': line } })
  }
  return jar.cookie.length
}

for (const cookie of [{}, { name: 'n'.repeat(200) }, { maxBytes: 12_000 }, { maxBytes: 1000 }] as const) {
  const maxBytes = 'maxBytes' in cookie ? cookie.maxBytes : 7500
  test(`all cookies together stay below ${maxBytes} bytes with ${JSON.stringify(cookie).slice(0, 30)}, and use them`, async t => {
    const cookies = cookiesWith(cookie)
    let largest = 0
    for (let step = 4096; step >= 1; step /= 2) {
      try {
        while (cookies.writeSession('x'.repeat(largest + step), undefined, undefined).length > 0) largest += step
      } catch (error) {
        t.match(error, { code: 'FST_LOGIN_SESSION_TOO_LARGE', statusCode: 400 })
      }
    }
    const bytes = await headerBytes(cookies, largest)
    t.ok(bytes <= maxBytes && bytes > maxBytes - 20, `${bytes}`)
  })
}

test('chunks that a shorter session leaves over are cleared, and no others', async t => {
  const cookies = cookiesWith({ name: 'sid', maxBytes: 12_000 })
  const header = 'sid=3a; sid.1=b; sid.2=c; sid.4=d; other=e'
  const [first, ...rest] = cookies.writeSession('short', undefined, header)
  t.match(first, { name: 'sid', line: /^sid=1short; / })
  t.same(rest.map(({ name }) => name), ['sid.1', 'sid.2'])
  for (const { line } of rest) t.match(line, /^sid\.\d=; Max-Age=0; /)
})

test('a logout clears the chunks that the browser has, and no others', async t => {
  const cookies = cookiesWith({ name: 'sid' })
  t.same(cookies.clearSession('sid=2a; sid.1=b; other=c').map(({ name }) => name), ['sid', 'sid.1'])
  t.same(cookies.clearSession('sid.3=b').map(({ name }) => name), ['sid.3'])
  t.same(cookies.clearSession('other=c'), [])
  t.same(cookies.clearSession(undefined), [])
})

for (const [where, options, line] of [
  ['on https', { publicUrl: 'https://app.example.com' }, '__Host-login-binding=x; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax'],
  ['on loopback', { publicUrl: 'http://localhost:3000' }, 'login-3000-binding=x; Max-Age=600; Path=/; HttpOnly; SameSite=Lax'],
  ['under a name of its own', { publicUrl: 'https://app.example.com', session: { cookie: { name: 'sid' } } },
    '__Host-sid-binding=x; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax'],
  ['with a domain for the session', { publicUrl: 'https://app.example.com', session: { cookie: { domain: 'example.com', path: '/x', sameSite: 'strict' } } },
    '__Host-login-binding=x; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax'],
  ['with form_post', { publicUrl: 'https://app.example.com', oidc: { ...oidc, responseMode: 'form_post' } },
    '__Host-login-binding=x; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=None'],
  ['with form_post on loopback', { publicUrl: 'http://localhost:3000', oidc: { ...oidc, responseMode: 'form_post' } },
    '__Host-login-3000-binding=x; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=None']
] as const) {
  test(`the binding cookie ${where} lives ten minutes, and is cleared with the attributes it was set with`, async t => {
    const cookies = createCookies(resolveSettings({ secret: secret(), oidc, ...options }))
    const set = cookies.writeBinding('x')
    const [cleared] = cookies.clearBinding(`a=b; ${set.name}=x`)
    t.equal(set.line, line)
    t.equal(cleared?.line.replace('=; Max-Age=0', '=x; Max-Age=600').replace(/ Expires=[^;]*;/, ''), line)
  })
}

test('a binding cookie that the browser does not have is not cleared', async t => {
  t.same(cookiesWith().clearBinding('a=b'), [])
  t.same(cookiesWith().clearBinding(undefined), [])
})

test('a session of three claims is one Set-Cookie below 600 bytes', async t => {
  const app = await buildApp({ now: createClock().now })
  t.teardown(() => app.close())
  const claims = { name: 'Ada Lovelace', email: 'ada.lovelace@example.com', email_verified: true }
  const lines = setCookiesOf(await login(app, { id: '248289761001', claims }))
  t.equal(lines.length, 1)
  t.ok(String(lines[0]).length < 600, `${lines[0]?.length}`)
})
