import { test } from 'tap'
import { isIssuer, isOfAnyTenant, isSpeaker, issuerOfTenant, ownIssuer } from '../../lib/options/issuer.ts'

const ANY = 'https://{tenantid}.login.example/{tenantid}/v2.0'

test('an issuer is of any tenant where it has the place for one', async t => {
  t.ok(isOfAnyTenant(ANY))
  t.notOk(isOfAnyTenant('https://login.example/{tenant}'))
})

test('the issuer of a tenant has its name in every place', async t => {
  t.equal(issuerOfTenant(ANY, 'a-1'), 'https://a-1.login.example/a-1/v2.0')
  t.equal(issuerOfTenant('https://login.example', 'a'), 'https://login.example')
  for (const tenant of [undefined, null, '', 7, ['a'], 'a/b', '..', 'a.b', '{tenantid}', 'a b', 'ä', '$&', 'a'.repeat(65)]) {
    t.equal(issuerOfTenant(ANY, tenant), undefined, String(tenant))
  }
})

test('an issuer is known by its text, or as that of one tenant', async t => {
  t.ok(isIssuer('https://login.example', 'https://login.example'))
  t.ok(isIssuer(ANY, ANY))
  t.notOk(isSpeaker(ANY, ANY), 'nobody in particular')
  t.ok(isSpeaker(ANY, 'https://a-1.login.example/a-1/v2.0'))
  t.notOk(isSpeaker(ANY, 'https://evil.example'))
  t.ok(isIssuer(ANY, 'https://a-1.login.example/a-1/v2.0'))
  for (const text of [
    undefined, null, 7, '', 'https://login.example/a/v2.0', 'https://a.login.example/b/v2.0', 'https://.login.example//v2.0',
    'https://a.login.example/a/v2.0/', 'https://a.b.login.example/a.b/v2.0', 'xhttps://a.login.example/a/v2.0'
  ]) t.notOk(isIssuer(ANY, text), String(text))
  for (const text of [undefined, null, 'https://login.example/', 'https://Login.example']) t.notOk(isIssuer('https://login.example', text))
})

test('the application is called as its broker is, or as its own address', async t => {
  const place = { origin: 'https://example.com', basePath: '/app' }
  t.equal(ownIssuer(place, undefined), 'https://example.com/app')
  t.equal(ownIssuer(place, { issuer: 'https://example.com/app/broker' }), 'https://example.com/app/broker')
})
