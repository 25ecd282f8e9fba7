import { test } from 'tap'
import { buildApp } from '../_app.ts'

const foreign: Record<string, Record<string, string>> = {
  'a browser that says so': { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  'a sister site': { 'sec-fetch-site': 'same-site', origin: 'https://shop.example.com' },
  'an old browser': { origin: 'https://evil.example' },
  'a page without an origin': { origin: 'null' }
}

for (const [name, headers] of Object.entries(foreign)) {
  test(`another site signs nobody in here, as seen by ${name}`, async t => {
    const app = await buildApp()
    t.teardown(() => app.close())
    const answer = await app.inject({ method: 'POST', url: '/login', headers })
    t.equal(answer.statusCode, 403)
    t.equal(answer.json<{ code: string }>().code, 'FST_LOGIN_CROSS_SITE')
    t.equal(answer.headers['set-cookie'], undefined)
  })
}

test('a page of this site, an allowed origin and a program may log in', async t => {
  const app = await buildApp({ allowedOrigins: ['https://shop.example.com'] })
  t.teardown(() => app.close())
  const own = [
    { 'sec-fetch-site': 'same-origin' }, {}, { 'sec-fetch-site': 'same-site', origin: 'https://shop.example.com' }
  ]
  for (const headers of own) {
    t.equal((await app.inject({ method: 'POST', url: '/login', headers })).statusCode, 200)
  }
})
