import type { FastifyInstance } from 'fastify'
import { randomBytes } from 'node:crypto'
import { test, type Test } from 'tap'
import { packSession, type Session } from '../../lib/session/session.ts'
import { createClock } from '../../lib/testing/index.ts'
import { buildApp, type BuildOptions, type LoginBody, secret } from '../_app.ts'
import { Jar } from '../_jar.ts'
import { aSession, NOON, SESSION, vaultOf } from './_session.ts'

/** The form in which a cookie carries a session. */
function packNamed (session: Session): object {
  return { ...packSession(session), s: session.handle }
}

/** An application that keeps whatever it logs as a warning or worse. */
async function quietApp (t: Test, options: BuildOptions = {}): Promise<{ app: FastifyInstance, complaints: string[] }> {
  const complaints: string[] = []
  const stream = { write: (line: string) => { complaints.push(line) } }
  const app = await buildApp({ logger: { level: 'warn', stream }, now: () => NOON * 1000, publicUrl: 'https://a.example', ...options })
  t.teardown(() => app.close())
  return { app, complaints }
}

async function loginTo (app: FastifyInstance, body: LoginBody = {}): Promise<Jar> {
  return new Jar().take(await app.inject({ method: 'POST', url: '/login', body }))
}

async function isSignedIn (app: FastifyInstance, cookie: string): Promise<boolean> {
  const answer = await app.inject({ url: '/who', headers: { cookie } })
  return answer.statusCode === 200 && answer.json<{ isAuthenticated: boolean }>().isAuthenticated
}

/** The headers of a list that are answered with anything but "nobody is signed in". */
async function taken (app: FastifyInstance, cookies: readonly string[]): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const cookie of cookies) {
    const answer = await app.inject({ url: '/who', headers: { cookie } })
    const isQuiet = answer.statusCode === 200 && answer.body === '{"isAuthenticated":false}' && answer.headers['set-cookie'] === undefined
    if (!isQuiet) wrong.push(`${answer.statusCode} ${answer.body} for ${cookie.slice(0, 200)}`)
  }
  return wrong
}

const ballast = (): LoginBody => ({ claims: { ballast: randomBytes(3700).toString('base64') } })

test('a cookie that was cut anywhere means anonymous', async t => {
  const { app, complaints } = await quietApp(t)
  const { cookie } = await loginTo(app)
  t.equal(await isSignedIn(app, cookie), true)
  const value = cookie.slice(SESSION.length + 1)
  const cuts = Array.from(value, (_, index) => [
    `${SESSION}=${value.slice(0, index)}`, `${SESSION}=${value.slice(index + 1)}`,
    `${SESSION}=${value.slice(0, index)}${value.slice(index + 1)}`
  ]).flat()
  t.same(await taken(app, cuts), [])
  t.same(complaints, [])
})

test('a cookie with any bit turned over means anonymous', async t => {
  const { app, complaints } = await quietApp(t)
  const { cookie } = await loginTo(app)
  const flips = Array.from(cookie, (character, index) => [1, 2, 4, 8, 16, 32, 64, 128].map(bit =>
    cookie.slice(0, index) + String.fromCharCode(character.charCodeAt(0) ^ bit) + cookie.slice(index + 1))).flat()
  t.same(await taken(app, flips), [])
  t.same(complaints, [])
})

test('a cookie with spare bits of base64url turned over means anonymous', async t => {
  const { app } = await quietApp(t)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (const id of ['1', '12', '123']) { // each leaves another number of spare bits before the dot
    const { cookie } = await loginTo(app, { id })
    const last = cookie.indexOf('.', SESSION.length) - 1
    const others = Array.from(alphabet).filter(character => character !== cookie[last])
    t.same(await taken(app, others.map(character => cookie.slice(0, last) + character + cookie.slice(last + 1))), [])
  }
})

test('a cookie with something put in anywhere means anonymous', async t => {
  const { app } = await quietApp(t)
  const { cookie } = await loginTo(app)
  const value = cookie.slice(SESSION.length + 1)
  const additions = Array.from(value, (_, index) => ['A', '.', '=', '%'].map(character =>
    `${SESSION}=${value.slice(0, index)}${character}${value.slice(index)}`)).flat()
  t.same(await taken(app, [...additions, ...['A', '.', '=', '%', '"'].map(end => cookie + end)]), [])
})

test('a cookie that comes twice means anonymous, with the same value or another', async t => {
  const { app } = await quietApp(t)
  const [{ cookie }, other] = [await loginTo(app), await loginTo(app, { id: 'mallory' })]
  t.same(await taken(app, [
    `${cookie}; ${cookie}`, `${cookie}; ${other.cookie}`, `${other.cookie}; ${cookie}`, `${cookie}; ${SESSION}=`,
    `${SESSION}=; ${cookie}`, `${cookie}; a=b; ${SESSION}=1`, `${cookie};${SESSION} = x`
  ]), [])
})

test('a cookie of another site below the same domain, whose name only looks like ours, ends no session', async t => {
  const { app } = await quietApp(t)
  const { cookie } = await loginTo(app)
  for (const name of [`\u00a0${SESSION}`, `${SESSION}\u00a0`, `\ufeff${SESSION}`, `x${SESSION}`, `${SESSION}.1`, SESSION.toLowerCase()]) {
    t.equal(await isSignedIn(app, `${name}=1x; ${cookie}`), true, name)
  }
})

test('chunks in another order in the header are the same session', async t => {
  const { app } = await quietApp(t)
  const { cookie } = await loginTo(app, ballast())
  const pairs = cookie.split('; ')
  t.equal(pairs.length, 2)
  t.equal(await isSignedIn(app, pairs.toReversed().join('; ')), true)
})

test('chunks that change their places, are missing, empty or of another session mean anonymous', async t => {
  const { app, complaints } = await quietApp(t)
  const [one, other] = [await loginTo(app, ballast()), await loginTo(app, ballast())]
  const [first, second] = [String(one.get(SESSION)), String(one.get(`${SESSION}.1`))]
  const [otherFirst, otherSecond] = [String(other.get(SESSION)), String(other.get(`${SESSION}.1`))]
  const cookie = (head: string, tail: string): string => `${SESSION}=${head}; ${SESSION}.1=${tail}`
  t.equal(await isSignedIn(app, cookie(first, second)), true)
  t.same(await taken(app, [
    cookie(second, first), cookie(`2${second}`, first.slice(1)), cookie(first, otherSecond), cookie(otherFirst, second),
    cookie(first, ''), cookie(first, first), cookie(second, second), cookie('', second), cookie(first, second.slice(1)),
    `${SESSION}=${first}`, `${SESSION}.1=${second}`, `${SESSION}=${first}; ${SESSION}.2=${second}`,
    `${SESSION}=${first}; ${SESSION}.01=${second}`, `${SESSION}=${first}; ${SESSION}.1=${second}; ${SESSION}.1=${second}`,
    `${SESSION}=${first}; ${SESSION}.1 =${second}; ${SESSION}.1=x`, `${SESSION}=${first}; ${SESSION.toLowerCase()}.1=${second}`
  ]), [])
  t.same(complaints, [])
})

test('an unknown number of chunks means anonymous', async t => {
  const { app } = await quietApp(t)
  const jar = await loginTo(app, ballast())
  const text = String(jar.get(SESSION)).slice(1)
  const counts = ['0', '1', '3', '4', '5', '9', 'x', '-', ' ', '', '٢', '２']
  t.same(await taken(app, counts.map(count => jar.copy().set(SESSION, count + text).cookie)), [])
})

test('leftover chunks beyond the count do not matter', async t => {
  const { app } = await quietApp(t)
  const { cookie } = await loginTo(app)
  t.equal(await isSignedIn(app, `${cookie}; ${SESSION}.1=rest; ${SESSION}.3=rest; ${SESSION}.99=rest`), true)
})

test('a text that was sealed for another purpose is no session', async t => {
  const shared = secret()
  const { app } = await quietApp(t, { secret: shared })
  const vault = await vaultOf(shared)
  const payload = packNamed(aSession())
  t.equal(await isSignedIn(app, `${SESSION}=1${vault.seal('session', payload)}`), true)
  const purposes = ['ticket', 'state', 'binding', 'return-path', 'tokens'] as const
  t.same(await taken(app, purposes.map(purpose => `${SESSION}=1${vault.seal(purpose, payload)}`)), [])
})

test('a text that was sealed with another key, or for an instance of another name, is no session', async t => {
  const shared = secret()
  const { app } = await quietApp(t, { secret: shared })
  const payload = packNamed(aSession())
  const strangers = [
    (await vaultOf()).seal('session', payload),
    (await vaultOf(shared, 'sid')).seal('session', payload),
    (await vaultOf(shared, '')).seal('session', payload)
  ]
  t.same(await taken(app, strangers.map(text => `${SESSION}=1${text}`)), [])
})

test('a session that was sealed but is none of this version means anonymous', async t => {
  const shared = secret()
  const { app } = await quietApp(t, { secret: shared })
  const vault = await vaultOf(shared)
  const payloads = [{}, { v: 2 }, { ...packNamed(aSession()), v: 2 }, { ...packNamed(aSession()), v: '1' }]
  t.same(await taken(app, payloads.map(payload => `${SESSION}=1${vault.seal('session', payload)}`)), [])
})

test('a session that has ended means anonymous, however genuine', async t => {
  const shared = secret()
  const { app } = await quietApp(t, { secret: shared, now: () => (NOON + 86_400) * 1000 })
  const vault = await vaultOf(shared)
  const over = [aSession(), aSession({ remember: true }), aSession({ ttl: 86_400, remember: true })]
  t.same(await taken(app, over.map(session => `${SESSION}=1${vault.seal('session', packNamed(session))}`)), [])
})

test('the value under another cookie name means anonymous', async t => {
  const { app } = await quietApp(t)
  const value = String((await loginTo(app)).get(SESSION))
  const names = [
    'login', '__Secure-login', '__host-login', '__Host-Login', '__HOST-LOGIN', '__Host-login.0', '__Host-login.1', '__Host-login-binding',
    'x__Host-login', '__Host-loginx', '"__Host-login"', '%5f_Host-login', '', '__proto__'
  ]
  t.same(await taken(app, names.map(name => `${name}=${value}`)), [])
  t.same(await taken(app, [value, `a=${SESSION}=${value}`, `=${SESSION}=${value}`, `a="; ${SESSION}.=${value}`]), [])
})

test('whatever else a header can hold means anonymous', async t => {
  const { app, complaints } = await quietApp(t)
  const nonce = 'A'.repeat(32)
  const values = [
    '', '1', '1.', '4', '1;', '1 ', '1,2', '1\u0000', '\u0000', '1\u0000.\u0000', 'é', '1é', `1ä.${nonce}`, '1😀', '1\ud800', '١',
    '%31%41', '1%', '1%zz', '%00', '%E0%A4%A', `1AAAA.${nonce}`, `1${'A'.repeat(22)}.${nonce}`, `1.${nonce}`, `1${nonce}`, `1${nonce}.${nonce}`,
    '"', '""', `"1AAAA.${nonce}"`, '{}', '[object Object]', 'null', 'undefined', 'true', '1'.repeat(5000), `1${'.'.repeat(500)}`,
    'x'.repeat(100_000), `1${'A'.repeat(100_000)}.${nonce}`, '=', '====', '1=;', '\t1\t', '\r\n', '<script>', '../../etc/passwd', "' or 1=1 --"
  ]
  t.same(await taken(app, values.map(value => `${SESSION}=${value}`)), [])
  t.same(await taken(app, values.map(value => `${SESSION}=2${value}; ${SESSION}.1=${value}`)), [])
  t.same(await taken(app, [...values, ...values.map(value => `${value}; ${SESSION}`)]), [])
  t.same(complaints, [])
})

test('a header of thousands of cookies means anonymous', async t => {
  const { app } = await quietApp(t)
  t.same(await taken(app, [
    `${'a=b; '.repeat(3000)}${SESSION}=1`, `${Array.from({ length: 3000 }, (_, index) => `a${index}=b`).join('; ')}; ${SESSION}=1`,
    `${SESSION}=1; `.repeat(2000), ';'.repeat(20_000) + SESSION, `${SESSION}=${';'.repeat(20_000)}`
  ]), [])
})

test('random bytes mean anonymous', async t => {
  const { app } = await quietApp(t)
  const noise = Array.from({ length: 300 }, (_, index) => randomBytes(index))
  t.same(await taken(app, noise.map(bytes => `${SESSION}=1${bytes.toString('latin1')}`)), [])
  t.same(await taken(app, noise.map(bytes => `${SESSION}=1${bytes.toString('base64url')}.${randomBytes(24).toString('base64url')}`)), [])
})

test('a cookie that is none of ours gets a login like any other stranger', async t => {
  const { app } = await quietApp(t, { now: createClock().now })
  const jar = new Jar().set(SESSION, '3rubbish').set(`${SESSION}.1`, 'x').set(`${SESSION}.2`, 'y')
  jar.take(await app.inject({ method: 'POST', url: '/login', headers: jar.headers }))
  t.same(jar.names, [SESSION])
  t.equal(await isSignedIn(app, jar.cookie), true)
})

test('a guard answers a damaged cookie as it answers a stranger', async t => {
  const { app } = await quietApp(t)
  const { cookie } = await loginTo(app)
  for (const damaged of [cookie.slice(0, -1), `${cookie}; ${cookie}`, `${SESSION}=2x`]) {
    t.equal((await app.inject({ url: '/me', headers: { cookie: damaged } })).statusCode, 401)
  }
})
