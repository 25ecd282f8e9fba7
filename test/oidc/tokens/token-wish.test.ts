import { test } from 'tap'
import type { Grant, GrantedToken } from '../../../lib/oidc/tokens/grant.ts'
import { holdsScope, isDue, isOver, tokenFor, wasAskedFor, wishKey, withToken } from '../../../lib/oidc/tokens/token-wish.ts'

function aToken (changes: Partial<GrantedToken> = {}): GrantedToken {
  const scopes = changes.scopes ?? ['mail.read']
  return { accessToken: 'one', tokenType: 'bearer', asked: scopes, issuedAt: 1000, expiresAt: 1300, ...changes, scopes }
}

function aGrant (accessTokens: readonly GrantedToken[], changes: Partial<Grant> = {}): Grant {
  return { provider: 'oidc', issuer: 'https://id.example.com', idToken: 'a.b.c', accessTokens, scopes: ['openid', 'mail.read'], ...changes }
}

const aWish = (...scopes: readonly string[]) => ({ scopes, resource: undefined })

test('scopes are compared as whole words', async t => {
  t.ok(holdsScope(aToken({ scopes: ['mail.read', 'mail'] }), 'mail'))
  for (const scope of ['mail.rea', 'mail.read2', 'Mail.Read', 'read', '']) t.notOk(holdsScope(aToken(), scope), scope)
})

test('an answer may drop the address of the service that was asked for', async t => {
  const token = aToken({ scopes: ['User.Read', 'Mail.Read'], asked: ['https://graph.microsoft.com/User.Read'] })
  t.ok(holdsScope(token, 'https://graph.microsoft.com/User.Read'))
  t.ok(holdsScope(token, 'https://graph.microsoft.com/Mail.Read'), 'the same service, whatever it gives')
  t.ok(holdsScope(token, 'User.Read'))
  t.notOk(holdsScope(token, 'https://graph.microsoft.com/Mail.Send'))
  t.notOk(holdsScope(token, 'https://other.example/User.Read'), 'a scope of another service is another scope')
  t.notOk(holdsScope({ ...token, asked: ['User.Read'] }, 'https://graph.microsoft.com/User.Read'))
  t.ok(holdsScope(aToken({ scopes: ['scope'], asked: ['api://x/scope'] }), 'api://x/scope'))
})

test('whatever is granted for a service holds its .default', async t => {
  const asked = ['api://x/.default']
  t.ok(holdsScope(aToken({ scopes: ['api://x/read'], asked }), 'api://x/.default'))
  t.notOk(holdsScope(aToken({ scopes: [], asked }), 'api://x/.default'))
  t.notOk(holdsScope(aToken({ scopes: ['api://x/read'], asked: ['api://x/read'] }), 'api://x/.default'))
  t.notOk(holdsScope(aToken({ scopes: ['api://x/read'], asked }), 'api://y/.default'))
  const { asked: _, ...unasked } = aToken({ scopes: ['read'] })
  t.notOk(holdsScope(unasked, 'api://x/.default'))
})

test('the scopes about other tokens are held by them', async t => {
  const grant = aGrant([aToken()])
  t.ok(tokenFor(grant, aWish('openid', 'mail.read')))
  t.notOk(tokenFor(grant, aWish('offline_access')))
  t.ok(tokenFor({ ...grant, refreshToken: 'one' }, aWish('offline_access')))
})

test('a wish is fulfilled by a token for the same resource with all scopes, best by the one that lives longest', async t => {
  const resource = 'https://api.example'
  const tokens = [
    aToken({ accessToken: 'short' }), aToken({ accessToken: 'long', expiresAt: 9000 }),
    aToken({ accessToken: 'middle', expiresAt: 2000 }),
    aToken({ accessToken: 'other', resource, expiresAt: undefined })
  ]
  t.equal(tokenFor(aGrant(tokens), aWish('mail.read'))?.accessToken, 'long')
  t.equal(tokenFor(aGrant(tokens), { scopes: ['mail.read'], resource })?.accessToken, 'other')
  t.equal(tokenFor(aGrant(tokens), { scopes: [], resource: 'https://another.example' }), undefined)
  t.equal(tokenFor(aGrant(tokens), aWish('mail.read', 'mail.send')), undefined)
  t.ok(tokenFor(aGrant(tokens), aWish()))
})

test('a token is due 60 seconds before its end, or in the last fifth of a shorter life', async t => {
  const lives: ReadonlyArray<readonly [life: number, dueAt: number]> = [
    [3600, 3540], [300, 240], [100, 80], [10, 8], [1, 1]
  ]
  for (const [life, dueAt] of lives) {
    const token = aToken({ expiresAt: 1000 + life })
    t.notOk(isDue(token, 1000 + dueAt - 1), `${life}`)
    t.ok(isDue(token, 1000 + dueAt), `${life}`)
  }
})

test('a token without a stated end is due after 240 seconds, and never known to have ended', async t => {
  const token = aToken({ expiresAt: undefined })
  t.notOk(isDue(token, 1239))
  t.ok(isDue(token, 1240))
  t.notOk(isOver(token, 1e9))
  t.notOk(isOver(aToken(), 1299))
  t.ok(isOver(aToken(), 1300))
})

test('what a person was asked for is known by every scope', async t => {
  t.ok(wasAskedFor(aGrant([]), aWish('mail.read')))
  t.ok(wasAskedFor(aGrant([], { scopes: [] }), aWish('openid')))
  t.notOk(wasAskedFor(aGrant([]), aWish('mail.read', 'mail.send')))
})

test('the same wish has the same key, and another another', async t => {
  t.equal(wishKey(aWish('a', 'b', 'a')), wishKey(aWish('b', 'a')))
  const others = [
    aWish('a'), aWish('a b'), aWish('a', 'b', 'c'), { scopes: ['a', 'b'], resource: 'c' }, { scopes: [], resource: '["a"]' }
  ]
  t.equal(new Set([aWish('a', 'b'), ...others].map(wishKey)).size, others.length + 1)
})

test('a new token takes the place of the one it was got for, and of what it covers', async t => {
  const resource = 'https://api.example'
  const kept = aToken({ accessToken: 'kept', scopes: ['mail.send'] })
  const due = aToken({ accessToken: 'due', scopes: ['calendar'] })
  const tokens = [aToken({ accessToken: 'covered' }), kept, due, aToken({ accessToken: 'elsewhere', resource })]
  const next = withToken(tokens, aToken({ accessToken: 'new', scopes: ['mail.read', 'openid'] }), due)
  t.same(next.map(({ accessToken }) => accessToken), ['kept', 'elsewhere', 'new'])
  t.same(withToken(tokens, kept, undefined).length, 4)
})

test('of more than 20 tokens the oldest goes', async t => {
  const tokens = Array.from({ length: 20 }, (_, at) => aToken({ accessToken: `${at}`, resource: `https://${at}.example` }))
  const next = withToken(tokens, aToken({ accessToken: 'new' }), undefined)
  t.equal(next.length, 20)
  t.equal(next[0]?.accessToken, '1')
  t.equal(next[19]?.accessToken, 'new')
})
