import type { FastifyInstance } from 'fastify'
import { randomBytes, randomInt } from 'node:crypto'
import { type Test, test } from 'tap'
import { basic, withBasic } from './_caller.ts'
import { ask, createApp, Inside, signedIn } from './_app.ts'

const users = { ada: 'lovelace', grün: 'pässwörd €', 'a b': 'with:colons: in it', 'ünï😀': '密码' }

/** `/basic` takes basic credentials alone, `/either` also the cookie. */
async function createBasicApp (t: Test): Promise<FastifyInstance> {
  const app = await createApp(t, { basic: { users, realm: 'robots' } })
  app.get('/basic', { onRequest: [app.loginRequired({ via: ['basic'] })] }, async request => request.currentUser)
  app.get('/either', { onRequest: [app.loginRequired({ via: ['cookie', 'basic'] })] }, async request => request.currentUser)
  app.get('/cookie', { onRequest: [app.loginRequired] }, async request => request.currentUser)
  return app
}

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')

test('names and passwords beyond ASCII, with blanks, and passwords with colons work', async t => {
  const app = await createBasicApp(t)
  for (const [name, password] of Object.entries(users)) {
    const response = await app.inject({ url: '/basic', ...withBasic(name, password) })
    t.equal(response.statusCode, 200, name)
    t.equal(response.json().id, name)
  }
})

test('the scheme has no case, and any number of blanks may follow it (RFC 9110, section 11.4)', async t => {
  const app = await createBasicApp(t)
  const encoded = base64('ada:lovelace')
  for (const authorization of [`basic ${encoded}`, `BASIC ${encoded}`, `bAsIc    ${encoded}`, `Basic ${encoded}  `]) {
    t.equal((await app.inject({ url: '/basic', headers: { authorization } })).statusCode, 200, authorization)
  }
})

test('a text in another normalization form is the same text (RFC 8265, sections 3.4 and 4.2)', async t => {
  const app = await createBasicApp(t)
  const [name, password] = ['grün', 'pässwörd €'].map(text => text.normalize('NFD')) as [string, string]
  t.not(name, 'grün')

  const response = await app.inject({ url: '/basic', ...withBasic(name, password) })
  t.equal(response.statusCode, 200)
  t.equal(response.json().id, 'grün')
})

/** Headers of the scheme Basic that no caller may send, by what is wrong with them. */
const malformed: Readonly<Record<string, string>> = {
  'nothing after the scheme': 'Basic',
  'a blank and nothing': 'Basic ',
  'a tab instead of a blank': `Basic\t${base64('ada:lovelace')}`,
  'no blank': `Basic=${base64('ada:lovelace')}`,
  'no base64': 'Basic ada:lovelace',
  base64url: `Basic ${Buffer.from('ada:>>>???').toString('base64url')}`,
  'no padding': `Basic ${base64('ada:lovelac').replaceAll('=', '')}`,
  'padding in the middle': 'Basic YWRh=OmxvdmVsYWNl',
  'spare bits that are set': 'Basic YWRhOmxvdmVsYWNf',
  'two words': `Basic ${base64('ada:lovelace')} ${base64('ada:lovelace')}`,
  'two in a list': `Basic ${base64('ada:lovelace')}, Basic ${base64('ada:lovelace')}`,
  'a parameter': `Basic ${base64('ada:lovelace')}, charset="UTF-8"`,
  'no colon': `Basic ${base64('ada')}`,
  'an empty name': `Basic ${base64(':lovelace')}`,
  'an empty password': `Basic ${base64('ada:')}`,
  'a colon alone': `Basic ${base64(':')}`,
  'nothing in it': `Basic ${base64('')}====`,
  'a control character in the name': `Basic ${base64('ada\u0000:lovelace')}`,
  'a line break at the end': `Basic ${base64('ada:lovelace\n')}`,
  'a control character beyond ASCII': `Basic ${base64('ada\u0085:lovelace')}`,
  'a byte order mark': `Basic ${base64('\ufeffada:lovelace')}`,
  'Latin-1': `Basic ${base64(Buffer.from('grün:pässwörd', 'latin1'))}`,
  'broken UTF-8': `Basic ${base64(Buffer.from([0x61, 0x64, 0x61, 0x3a, 0xc3]))}`,
  'an overlong encoding': `Basic ${base64(Buffer.from([0xc1, 0xa1, 0x64, 0x61, 0x3a, 0x78]))}`,
  'more than 8 kB': `Basic ${base64(`ada:${'x'.repeat(6500)}`)}`
}

for (const [what, authorization] of Object.entries(malformed)) {
  test(`a header with ${what} is refused with 401, and never falls back to the cookie`, async t => {
    const app = await createBasicApp(t)
    const { headers: { cookie } } = await signedIn(app, 'ada')
    for (const url of ['/basic', '/either']) {
      const response = await app.inject({ url, headers: { authorization, cookie } })
      t.equal(response.statusCode, 401)
      t.equal(response.headers['www-authenticate'], 'Basic realm="robots", charset="UTF-8"')
    }
    t.equal((await app.inject({ url: '/cookie', headers: { authorization, cookie } })).statusCode, 200)
  })
}

for (const authorization of ['Bearer abc', 'Basics x', 'Basic-x y', 'Digest username="ada"', 'x', ' ', '']) {
  test(`a header of another scheme is ignored: ${JSON.stringify(authorization)}`, async t => {
    const app = await createBasicApp(t)
    const { headers: { cookie } } = await signedIn(app, 'ada')
    t.equal((await app.inject({ url: '/either', headers: { authorization, cookie } })).statusCode, 200)
    t.equal((await app.inject({ url: '/basic', headers: { authorization, cookie } })).statusCode, 401)
  })
}

test('random headers are never more than a stranger: no 5xx, nobody inside', async t => {
  const app = await createBasicApp(t)
  const right = base64('ada:lovelace')
  const mutations: ReadonlyArray<() => string> = [
    () => `Basic ${base64(randomBytes(randomInt(64)))}`,
    () => `Basic ${randomBytes(randomInt(64)).toString('latin1').replaceAll(/[\r\n\0]/g, '')}`,
    () => {
      const at = randomInt(right.length)
      return `Basic ${right.slice(0, at)}${String.fromCharCode(33 + randomInt(94))}${right.slice(at + 1)}`
    },
    () => `Basic ${right.slice(0, randomInt(right.length))}`,
    () => `Basic ${base64(`ada:lovelace${String.fromCodePoint(randomInt(0xd800))}`)}`
  ]
  for (let round = 0; round < 400; round++) {
    const authorization = mutations[round % mutations.length]?.() ?? ''
    if (/^Basic +(.*?) *$/.exec(authorization)?.[1] === right) continue
    const { statusCode } = await app.inject({ url: '/either', headers: { authorization } })
    t.equal(statusCode, 401, JSON.stringify(authorization))
  }
})

test('two Authorization headers are 400 on a route that takes one, whatever they say, and on no other', async t => {
  const app = await createBasicApp(t)
  const right = basic('ada', 'lovelace')
  const { headers: { cookie } } = await signedIn(app, 'ada')
  for (const authorization of [[right, right], [right, 'Bearer x'], ['Bearer x', right], ['Bearer x', 'Bearer y'], [right, '']]) {
    for (const path of ['/basic', '/either']) {
      const answer = await ask(app, { path, headers: { authorization, cookie } as Record<string, string | string[]> })
      t.equal(answer.statusCode, 400, `${authorization}`)
      t.match(JSON.parse(answer.body), { code: 'FST_LOGIN_CREDENTIALS_AMBIGUOUS' })
    }
    const answer = await ask(app, { path: '/cookie', headers: { authorization, cookie } as Record<string, string | string[]> })
    t.equal(answer.statusCode, 200)
  }
})

test('credentials in a query or a cookie are nothing', async t => {
  const app = await createBasicApp(t)
  const inside = new Inside()
  app.get('/inside', { onRequest: [app.loginRequired({ via: ['basic'] })] }, inside.handler)
  const right = basic('ada', 'lovelace')
  for (const url of [`/inside?authorization=${encodeURIComponent(right)}`, `/inside?access_token=${right.slice(6)}`]) {
    t.equal((await app.inject({ url, headers: { cookie: `authorization=${encodeURIComponent(right)}` } })).statusCode, 401)
  }
  t.equal(inside.runs, 0)
})
