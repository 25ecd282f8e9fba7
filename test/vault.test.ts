import fastifyCookie from '@fastify/cookie'
import secureSession from '@fastify/secure-session'
import Fastify from 'fastify'
import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { authPlugin } from '../lib/index.ts'
import { createVault, type Purpose } from '../lib/vault.ts'
import { secret } from './_app.ts'
import { Jar, setCookiesOf } from './_jar.ts'
import { vaultOf } from './session/_session.ts'

const PURPOSES: readonly Purpose[] = [
  'session', 'ticket', 'binding', 'state', 'logout-state', 'return-path', 'tokens', 'device', 'program', 'bearer'
]
const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The character with one of its six bits turned over. */
function flip (character: string, bit: number): string {
  const value = base64url.indexOf(character)
  return value === -1 ? '~' : base64url.charAt(value ^ (1 << bit))
}

test('what was sealed is opened for the same purpose', async t => {
  const vault = await vaultOf()
  for (const purpose of PURPOSES) {
    t.same(vault.open(purpose, vault.seal(purpose, { v: 1, text: 'ä\u0000😀', list: [1, null] })),
      { payload: { v: 1, text: 'ä\u0000😀', list: [1, null] }, isStale: false }, purpose)
  }
})

test('what was sealed for one purpose is opened for no other', async t => {
  const vault = await vaultOf()
  for (const purpose of PURPOSES) {
    const text = vault.seal(purpose, { v: 1 })
    for (const other of PURPOSES.filter(name => name !== purpose)) {
      t.equal(vault.open(other, text), undefined, `${purpose} as ${other}`)
    }
  }
})

test('instances that share a secret open nothing of each other', async t => {
  const shared = secret()
  const [one, other] = [await vaultOf(shared, 'a'), await vaultOf(shared, 'b')]
  t.equal(other.open('session', one.seal('session', { v: 1 })), undefined)
})

test('processes with the same secret and name open what the other sealed', async t => {
  const shared = secret()
  const [one, other] = [await vaultOf(shared), await vaultOf(shared)]
  t.same(other.open('session', one.seal('session', { v: 1 }))?.payload, { v: 1 })
})

test('another secret opens nothing', async t => {
  t.equal((await vaultOf()).open('session', (await vaultOf()).seal('session', { v: 1 })), undefined)
})

test('a sealed text needs no encoding in a cookie or an address', async t => {
  const vault = await vaultOf()
  for (let length = 0; length < 30; length++) {
    const text = vault.seal('state', { text: 'x'.repeat(length) })
    t.match(text, /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{32}$/)
  }
})

test('sealing adds a third and at most 83 characters to the JSON', async t => {
  const vault = await vaultOf()
  for (const length of [0, 1, 2, 100, 5000]) {
    const payload = { text: 'x'.repeat(length) }
    t.ok(vault.seal('session', payload).length <= Math.ceil(JSON.stringify(payload).length * 4 / 3) + 83, `${length}`)
  }
})

test('the same payload is never sealed to the same text', async t => {
  const vault = await vaultOf()
  t.not(vault.seal('state', { v: 1 }), vault.seal('state', { v: 1 }))
})

test('sealing leaves the payload as it is', async t => {
  const payload = Object.freeze({ v: 1 })
  const vault = await vaultOf()
  vault.seal('state', payload)
  t.same(payload, { v: 1 })
})

test('a text with any bit turned over is not opened, spare bits of base64url included', async t => {
  const vault = await vaultOf()
  for (const length of [0, 1, 2]) { // each leaves another number of spare bits
    const text = vault.seal('state', { text: 'x'.repeat(length) })
    const survivors = Array.from(text, (character, index) => [0, 1, 2, 3, 4, 5].map(bit =>
      text.slice(0, index) + flip(character, bit) + text.slice(index + 1))).flat()
    t.same(survivors.filter(changed => vault.open('state', changed) !== undefined), [])
  }
})

test('a text that was cut or prolonged anywhere is not opened', async t => {
  const vault = await vaultOf()
  const text = vault.seal('state', { v: 1 })
  const changed = Array.from(text, (_, index) => [
    text.slice(0, index), text.slice(index + 1), text.slice(0, index) + text.slice(index + 1),
    `${text.slice(0, index)}A${text.slice(index)}`, `${text.slice(0, index)}=${text.slice(index)}`,
    `${text.slice(0, index)} ${text.slice(index)}`
  ]).flat()
  t.same([...changed, `${text}A`, `${text}=`, `${text}\n`].filter(one => vault.open('state', one) !== undefined), [])
})

test('a text in the alphabet of plain base64, or with the semicolon of secure-session, is not opened', async t => {
  const vault = await vaultOf()
  let text = ''
  while (!/-.*_/.test(text)) text = vault.seal('state', { v: 1 })
  t.equal(vault.open('state', text.replaceAll('-', '+')), undefined)
  t.equal(vault.open('state', text.replaceAll('_', '/')), undefined)
  t.equal(vault.open('state', text.replace('.', ';')), undefined)
})

test('whatever else comes is not opened and throws nothing', async t => {
  const vault = await vaultOf()
  const nonce = 'A'.repeat(32)
  const texts = [
    '', '.', ';', '..', `.${nonce}`, `A.${nonce}`, `AAAA.${nonce}`, `${'A'.repeat(22)}.${nonce}`, nonce, `${nonce}.${nonce}`,
    'x'.repeat(100_000), `${'x'.repeat(100_000)}.${nonce}`, `ä.${nonce}`, `\u0000.${nonce}`, `%41.${nonce}`, `AAAA.${'é'.repeat(32)}`,
    '{"v":1}', 'null', 'undefined', '__proto__', '\ud800', '😀'.repeat(40)
  ]
  t.same(texts.filter(text => vault.open('session', text) !== undefined), [])
})

test('what a previous secret sealed is opened and called stale; new texts are sealed with the first', async t => {
  const [current, previous, older] = [randomBytes(32), randomBytes(32), randomBytes(32)]
  const rotated = await createVault(Fastify(), [current, previous, older], 'x')
  for (const secret of [previous, older]) {
    t.same(rotated.open('session', (await vaultOf(secret, 'x')).seal('session', { v: 1 })), { payload: { v: 1 }, isStale: true })
  }
  const text = rotated.seal('session', { v: 1 })
  t.same(rotated.open('session', text), { payload: { v: 1 }, isStale: false })
  t.not((await vaultOf(current, 'x')).open('session', text), undefined)
  t.equal((await vaultOf(previous, 'x')).open('session', text), undefined)
})

test('a vault that cannot be made rejects', async t => {
  const app = Fastify()
  await app.ready()
  await t.rejects(createVault(app, [randomBytes(32)], 'x'), { code: 'AVV_ERR_ROOT_PLG_BOOTED' })
})

for (const order of ['before', 'after']) {
  test(`an application's own cookies and secure sessions live beside ours, registered ${order} us`, async t => {
    const app = Fastify()
    t.teardown(() => app.close())
    const login = async (): Promise<void> => { await app.register(authPlugin, { secret: secret() }) }
    if (order === 'after') await login()
    await app.register(fastifyCookie)
    await app.register(secureSession, { key: randomBytes(32), cookieName: 'cart', cookie: { path: '/' } })
    if (order === 'before') await login()
    app.post('/both', async (request, reply) => {
      await request.loginUser('2')
      request.session.set('cart' as never, ['shoes'] as never)
      reply.setCookie('theme', 'dark')
      return {}
    })
    app.get('/both', async request => [request.currentUser, request.session.get('cart' as never), request.cookies.theme])

    const jar = new Jar()
    const answer = await app.inject({ method: 'POST', url: '/both' })
    t.same(jar.take(answer).names.toSorted(), ['__Host-login', 'cart', 'theme'])
    t.equal(setCookiesOf(answer).length, 3)
    t.match((await app.inject({ url: '/both', headers: jar.headers })).json(), [{ id: '2' }, ['shoes'], 'dark'])
  })
}
