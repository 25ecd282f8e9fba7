import { test } from 'tap'
import { BearerToken, type BearerTokenDetails } from '../../lib/bearer-token.ts'
import { bearerUser } from '../../lib/guard/bearer-user.ts'
import { AuthUser } from '../../lib/index.ts'

const NOW = 1_800_000_000
const settings = {
  limits: { idle: 600, absolute: 3600, remember: false, rollInterval: 60 }, now: () => NOW * 1000 + 999
} as const
const identity = { issuer: 'https://id.example', subject: 'ada', provider: 'work' }

function tokenOf (details: Partial<BearerTokenDetails> = {}): BearerToken {
  return new BearerToken('the-text', {
    userId: 'work:ada',
    identity,
    subject: 'ada',
    clientId: 'cli',
    audience: ['api'],
    scopes: ['mail.read'],
    claims: { name: 'Ada' },
    id: 'x',
    issuedAt: NOW,
    expiresAt: NOW + 60,
    authenticatedAt: undefined,
    confirmation: undefined,
    ...details
  })
}

test('a token becomes the person that it is about, without a session', async t => {
  const user = bearerUser(tokenOf({ authenticatedAt: NOW }), { name: 'Ada' }, settings)
  t.ok(user instanceof AuthUser)
  t.same({ ...user }, {
    isAuthenticated: true,
    id: 'work:ada',
    identity,
    claims: { name: 'Ada' },
    userinfo: undefined,
    scopes: ['mail.read'],
    account: { name: 'Ada' },
    isFresh: true,
    isRemembered: false,
    authenticatedAt: NOW,
    sessionHandle: undefined,
    authenticatedBy: 'bearer'
  })
})

test('a person is fresh as long as a session would be that nobody used', async t => {
  t.equal(bearerUser(tokenOf({ authenticatedAt: NOW - 599 }), undefined, settings).isFresh, true)
  t.equal(bearerUser(tokenOf({ authenticatedAt: NOW - 600 }), undefined, settings).isFresh, false)
})

test('of whom no time is known, nobody knows it: they are not fresh, and as old as can be', async t => {
  const user = bearerUser(tokenOf(), undefined, settings)
  t.match(user, { isFresh: false, authenticatedAt: 0 })
})
