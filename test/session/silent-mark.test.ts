import { test } from 'tap'
import { resolveSettings } from '../../lib/options/settings.ts'
import { cookieNames, createCookies } from '../../lib/session/cookies.ts'
import { buildApp, secret } from '../_app.ts'

// @fastify/cookie knows how to write one when an application is ready.
await (await buildApp()).close()
const settings = resolveSettings({ secret: secret(), publicUrl: 'https://app.example.com' })
const { silentMarks } = createCookies(settings)
const NAME = '__Host-login-silent'

test('a mark is one of the cookies of a registration', async t => {
  t.equal(silentMarks.name, NAME)
  t.ok(cookieNames(settings).includes(NAME))
  const onLoopback = createCookies(resolveSettings({ secret: secret(), publicUrl: 'http://localhost:3000', name: 'admin' }))
  t.equal(onLoopback.silentMarks.name, 'login-admin-3000-silent')
})

test('a mark survives being written, for ten minutes after a try and for a day after a logout', async t => {
  for (const [reason, life] of [['tried', 600], ['loggedOut', 86_400]] as const) {
    for (const count of [0, 1, 2]) {
      const { name, line } = silentMarks.write({ reason, count })
      t.equal(name, NAME)
      t.match(line, new RegExp(`; Max-Age=${life}; Path=/; HttpOnly; Secure; SameSite=Lax$`))
      const header = `a=b; ${line.split(';')[0]}`
      t.same(silentMarks.find(header), { reason, count })
      t.match(silentMarks.clear(header), [{ name, line: /Max-Age=0/ }])
    }
  }
})

test('a mark that nobody can read is one all the same, and ends every circle', async t => {
  for (const header of [`${NAME}=`, `${NAME}=x`, `${NAME}=t`, `${NAME}=t10`, `${NAME}=t-1`, `${NAME}=t0; ${NAME}=t0`]) {
    t.equal(silentMarks.isIn(header), true)
    t.same(silentMarks.find(header), { reason: 'tried', count: 2 }, header)
  }
})

test('without a mark there is nothing to find and nothing to clear', async t => {
  for (const header of [undefined, '', 'a=b', `${NAME}2=t0`]) {
    t.equal(silentMarks.isIn(header), false)
    t.equal(silentMarks.find(header), undefined)
    t.same(silentMarks.clear(header), [])
  }
})
