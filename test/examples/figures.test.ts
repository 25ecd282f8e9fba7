import Fastify from 'fastify'
import authPlugin, { AuthUser } from 'fastify-login'
import { signedIn } from 'fastify-login/testing'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'

const page = readFileSync(new URL('../../docs/reference/cookies.md', import.meta.url), 'utf8')

const sessionsPage = readFileSync(new URL('../../docs/explanation/sessions.md', import.meta.url), 'utf8')

/** The figure in the row of a table that begins so. */
function figure (row: string): number {
  const line = page.split('\n').find(line => line.startsWith(`| ${row}`)) ?? ''
  return Number(/ ([\d,]+) \|$/.exec(line)?.[1]?.replace(',', ''))
}

/** The Cookie header of a person with one claim, which is so long as JSON; undefined where it does not fit. */
async function cookieOf (maxBytes: number, size: number): Promise<string | undefined> {
  const app = Fastify()
  await app.register(authPlugin, { secret: randomBytes(32), session: { cookie: { maxBytes } } })
  const claims = size === 0 ? {} : { a: 'x'.repeat(size - '{"a":""}'.length) }
  const person = await signedIn(app, new AuthUser('2', { claims })).catch(() => undefined)
  return person?.headers.cookie
}

t.test('a login without claims takes the bytes that the documentation says', async t => {
  t.equal((await cookieOf(7500, 0))?.length, figure("a login of `loginUser('2')`"))
})

t.test('a session in a store takes the bytes that the documentation says, whatever is known of the person', async t => {
  for (const claims of [{}, { a: 'x'.repeat(10_000) }]) {
    const app = Fastify()
    await app.register(authPlugin, { secret: randomBytes(32), session: { store: 'memory:' } })
    const { headers } = await signedIn(app, new AuthUser('2', { claims }))
    t.equal(headers.cookie.length, figure('any session of store mode'))
  }
})

t.test('a session in a store holds about the claims that the documentation says', async t => {
  const app = Fastify()
  await app.register(authPlugin, { secret: randomBytes(32), session: { store: 'memory:' } })
  const [, kilobytes] = /room for claims .* (\d+) kB as JSON/.exec(sessionsPage) ?? []
  const claims = (size: number): AuthUser => new AuthUser('2', { claims: { a: 'x'.repeat(size * 1000) } })
  t.match(await signedIn(app, claims(Number(kilobytes))), { headers: { cookie: /./ } })
  await t.rejects(signedIn(app, claims(Number(kilobytes) + 10)), { code: 'FST_LOGIN_SESSION_TOO_LARGE' })
})

t.test('one cookie holds the claims that the documentation says, and no more', async t => {
  const most = figure('that fit into one cookie')
  t.notMatch(await cookieOf(7500, most), '.1=')
  t.match(await cookieOf(7500, most + 1), '.1=')
})

t.test('a budget holds the claims that the documentation says, and no more', async t => {
  for (const maxBytes of [7500, 12_000]) {
    const most = figure(`that fit into \`maxBytes: ${maxBytes}\``)
    t.ok(await cookieOf(maxBytes, most), `${most} bytes fit into ${maxBytes}`)
    t.equal(await cookieOf(maxBytes, most + 1), undefined, `${most + 1} bytes do not`)
  }
})
