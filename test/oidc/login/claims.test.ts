import { test } from 'tap'
import { identityOf, personClaims } from '../../../lib/oidc/login/claims.ts'
import { ScriptedProvider } from '../_scripted-provider.ts'
import { buildSite } from '../_site.ts'

test('claims about the person are kept, claims about the token are not', t => {
  const about = { iss: 'i', sub: 's', aud: 'a', azp: 'a', exp: 1, iat: 1, nbf: 1, nonce: 'n', jti: 'j', at_hash: 'h', c_hash: 'h', s_hash: 'h', typ: 'ID' }
  const person = { sub: 's', name: 'N', email: 'e', acr: 'gold', amr: ['pwd'], auth_time: 1, sid: 'x', roles: ['admin'], address: { country: 'X' } }
  t.same(personClaims({ ...about, ...person }), person)
  t.end()
})

test('the identity is issuer and subject, whatever the e-mail address says', t => {
  t.same(identityOf({ iss: 'https://id.example.com', sub: 's', email: 'root@example.com' }, 'oidc'), {
    issuer: 'https://id.example.com', subject: 's', provider: 'oidc'
  })
  t.end()
})

test('a claim with a name that objects have is a claim like any other', async t => {
  const provider = await ScriptedProvider.create()
  provider.claims = JSON.parse('{"__proto__":{"isAuthenticated":true},"constructor":"c","toJSON":"t","hasOwnProperty":1}')
  const visitor = (await buildSite(t, { provider })).visitor()
  await visitor.signIn()
  const { claims } = (await visitor.get('/who')).json()
  t.match(claims, { sub: 'alice', constructor: 'c', toJSON: 't' })
})
