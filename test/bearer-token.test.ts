import { inspect } from 'node:util'
import { test } from 'tap'
import { BearerToken } from '../lib/bearer-token.ts'

const details = {
  userId: 'alice',
  identity: { issuer: 'https://id.example.com', subject: 'alice', provider: 'oidc' },
  subject: 'alice',
  clientId: 'cli',
  audience: ['https://api.example.com'],
  scopes: ['mail.read'],
  claims: { sub: 'alice' },
  id: 'a-jti',
  issuedAt: 1000,
  expiresAt: 2000,
  authenticatedAt: 900,
  confirmation: { keyThumbprint: 'abc' }
} as const

test('a token shows everything but its text', async t => {
  const token = new BearerToken('the-text', details)
  t.same({ ...token }, details)
  t.same(JSON.parse(JSON.stringify(token)), details)
  for (const shown of [`${token}`, inspect(token), inspect({ token }), JSON.stringify([token])]) {
    t.notMatch(shown, 'the-text')
  }
  t.match(inspect(token), 'mail.read')
})

test('a token gives its text to who asks for it', async t => {
  t.equal(new BearerToken('the-text', details).reveal(), 'the-text')
})

test('a token cannot be changed', async t => {
  t.ok(Object.isFrozen(new BearerToken('the-text', details)))
})
