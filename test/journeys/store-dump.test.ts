import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { OpenedCache } from '../../lib/opened-cache.ts'
import { openTicket } from '../../lib/session/ticket.ts'
import { startMariadb } from '../_mariadb.ts'
import { bePatient } from '../_patience.ts'
import { startPostgres } from '../_postgres.ts'
import { startRedis } from '../_redis.ts'
import { needsMariadb, needsPostgres, needsRedis } from '../_services.ts'
import { newFile, WasmDatabase } from '../_sqlite.ts'
import { buildSite, type Site, type Visitor } from '../oidc/_site.ts'
import { SESSION } from '../session/_session.ts'

interface Place {
  readonly store: string | object
  /** Everything that the store has written, in its raw bytes. */
  dump (): Promise<Buffer>
}

/** What the cookie of store mode holds: the id of the session and the key of its record. */
function secretsOf ({ vault }: Site, { jar }: Visitor): readonly Buffer[] {
  const ticket = openTicket(vault, new OpenedCache(), String(jar.get(SESSION)).slice(1))?.ticket
  if (ticket === undefined) throw new Error('the cookie holds no ticket')
  return [Buffer.from(ticket.sessionId), Buffer.from(ticket.sessionId, 'base64url'), Buffer.from(ticket.key)]
}

function spellings (bytes: Buffer): readonly string[] {
  return [bytes.toString('latin1'), bytes.toString('hex'), bytes.toString('base64url'), bytes.toString('base64')]
}

async function showNothing (t: Test, { store, dump }: Place, mode: 'cookie' | 'store'): Promise<void> {
  bePatient(t)
  const userId = (): string => 'ada-the-person-with-this-id'
  const site = await buildSite(t, { session: { store, mode }, userId, oidc: { userinfo: true } })
  const { provider } = site
  provider.claims = { email: 'ada-lovelace@example.com', role: 'countess-of-lovelace' }
  provider.userinfo = { sub: 'alice', birthplace: 'london-in-middlesex' }
  const [desk, phone] = [site.visitor(), site.visitor()]
  for (const visitor of [desk, phone]) await visitor.signIn()
  t.equal(await desk.who(), userId())
  site.clock.advance(80_000)
  t.equal(await desk.who(), userId())
  await phone.post('/app/logout')
  t.ok(provider.secrets.size > 4)

  const text = (await dump()).toString('latin1')
  t.match(text, mode === 'cookie' ? 'listed:' : 'session:', 'the dump has the sessions in it')
  t.same(site.leaks(text), [], 'no token, no code and no cookie')
  for (const claim of [userId(), 'ada-lovelace', 'countess-of', 'london-in']) t.notOk(text.includes(claim), claim)
  const hidden = mode === 'store' ? secretsOf(site, desk) : []
  for (const secret of hidden.flatMap(spellings)) t.notOk(text.includes(secret), 'neither the id nor the key of a session')
}

for (const mode of ['store', 'cookie'] as const) {
  t.test(`a dump of Redis shows nothing that anybody could use, in ${mode} mode`, needsRedis(), async t => {
    const server = await startRedis()
    t.teardown(() => server.stop())
    await showNothing(t, { store: server.url, dump: async () => Buffer.from(await server.dump(), 'latin1') }, mode)
  })

  t.test(`a dump of PostgreSQL shows nothing that anybody could use, in ${mode} mode`, needsPostgres(), async t => {
    const server = await startPostgres(t)
    await showNothing(t, { store: server.url, dump: () => server.rawBytes() }, mode)
  })

  t.test(`a dump of MariaDB shows nothing that anybody could use, in ${mode} mode`, needsMariadb(), async t => {
    const server = await startMariadb(t)
    await showNothing(t, { store: server.url, dump: () => server.rawBytes() }, mode)
  })

  t.test(`a file of SQLite shows nothing that anybody could use, in ${mode} mode`, async t => {
    const file = newFile(t)
    const store = new WasmDatabase(file)
    await showNothing(t, { store, dump: async () => readFileSync(file) }, mode)
  })
}
