import { test } from 'tap'
import { assertSamePerson, strengthOf } from '../../../lib/oidc/login/strength.ts'

test('of what is configured and what is demanded the stricter holds', async t => {
  const settings = { acrValues: ['silver'], maxAge: 600 }
  t.same(strengthOf(settings, {}), { acr: ['silver'], maxAge: 600 })
  t.same(strengthOf(settings, { acr: ['gold'], maxAge: 60 }), { acr: ['gold'], maxAge: 60 })
  t.same(strengthOf(settings, { maxAge: 6000 }), { acr: ['silver'], maxAge: 600 })
  t.same(strengthOf(settings, { fresh: true, maxAge: 60 }), { acr: ['silver'], maxAge: 0 })
  t.same(strengthOf({ acrValues: [], maxAge: undefined }, {}), { acr: [], maxAge: undefined })
})

test('a login without a question is for one person, where it is for one', async t => {
  const claims = { iss: 'https://id.example', sub: 'alice', aud: 'app', exp: 1, iat: 0 }
  assertSamePerson(claims, {})
  assertSamePerson(claims, { subject: 'alice' })
  for (const subject of ['bob', '']) {
    t.throws(() => { assertSamePerson(claims, { subject }) }, { code: 'FST_LOGIN_INTERACTION_REQUIRED' })
  }
  assertSamePerson(claims, { subject: 'alice', issuer: 'https://id.example' })
  t.throws(() => { assertSamePerson(claims, { subject: 'alice', issuer: 'https://other.example' }) }, { code: 'FST_LOGIN_INTERACTION_REQUIRED' })
})
