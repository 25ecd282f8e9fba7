import { test } from 'tap'
import { AnonymousUser, AuthUser } from '../lib/index.ts'

test('a person needs nothing but an id', async t => {
  const user = new AuthUser('2')
  t.match(user, {
    id: '2',
    isAuthenticated: true,
    identity: undefined,
    claims: {},
    userinfo: undefined,
    scopes: [],
    account: undefined,
    isFresh: true,
    isRemembered: false,
    authenticatedAt: undefined,
    authenticatedBy: 'cookie'
  })
})

test('everything that is known of a person can be read', async t => {
  const details = {
    identity: { issuer: 'https://id.example', subject: 's', provider: 'oidc' },
    claims: { name: 'Ada' },
    userinfo: { email: 'ada@example.com' },
    scopes: ['openid'],
    account: { isAdmin: true },
    isFresh: false,
    isRemembered: true,
    authenticatedAt: 1
  }
  const user = new AuthUser('2', details)
  for (const [name, value] of Object.entries(details)) t.equal(user[name as 'claims'], value, name)
})

test('whether somebody is signed in is a plain boolean', async t => {
  t.equal(Object.getOwnPropertyDescriptor(new AuthUser('2'), 'isAuthenticated')?.value, true)
  t.equal(Object.getOwnPropertyDescriptor(new AnonymousUser(), 'isAuthenticated')?.value, false)
})

test('a person who is returned shows id, isAuthenticated and claims, and never the account', async t => {
  const user = new AuthUser('2', {
    claims: { name: 'Ada' },
    account: { passwordHash: 'hidden' },
    userinfo: { address: 'hidden' },
    identity: { issuer: 'hidden', subject: 'hidden', provider: 'hidden' }
  })
  t.equal(JSON.stringify({ user }), '{"user":{"id":"2","isAuthenticated":true,"claims":{"name":"Ada"}}}')
})

test('nobody shows that nobody is there', async t => {
  t.equal(JSON.stringify(new AnonymousUser()), '{"isAuthenticated":false}')
})

test('people without claims or scopes share nothing that one could change', async t => {
  const user = new AuthUser('2')
  t.ok(Object.isFrozen(user.claims))
  t.ok(Object.isFrozen(user.scopes))
})
