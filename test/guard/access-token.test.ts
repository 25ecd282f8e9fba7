import { test } from 'tap'
import { resolveTokenWish, toAccessToken } from '../../lib/guard/access-token.ts'

test('a wish says each scope once, and nothing where nothing was asked', async t => {
  t.same(resolveTokenWish({ scopes: ['a', 'b', 'a'], resource: 'https://api.example/x' }), {
    scopes: ['a', 'b'], resource: 'https://api.example/x'
  })
  t.same(resolveTokenWish(), { scopes: [], resource: undefined })
})

for (const options of [
  null, 'mail.read', { scope: 'a' }, { scopes: 'a' }, { scopes: ['a b'] }, { scopes: [1] }, { resource: '/x' },
  { resource: 'https://api.example/#x' }, { resource: 5 }
]) {
  test(`${JSON.stringify(options)} is no wish for an access token`, async t => {
    t.throws(() => resolveTokenWish(options), { code: 'FST_LOGIN_ARGUMENT_INVALID' })
  })
}

test('an application gets the token, not what we note about it', async t => {
  const token = toAccessToken({ accessToken: 'x', tokenType: 'Bearer', scopes: ['a'], issuedAt: 1, expiresAt: 2 })
  t.same(token, { accessToken: 'x', tokenType: 'Bearer', scopes: ['a'], expiresAt: 2 })
  t.ok(Object.isFrozen(token) && Object.isFrozen(token.scopes))
})
