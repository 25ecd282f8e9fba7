import { test } from 'tap'
import { hasDemands, packDemands, strengthOf, unpackDemands } from '../../../lib/oidc/login/demands.ts'

test('demands survive being packed, and none of them takes no room', async t => {
  for (const demands of [{ scopes: ['a'] }, { acr: ['gold', 'silver'] }, { maxAge: 0 }, { fresh: true }]) {
    t.equal(hasDemands(demands), true)
    t.match(unpackDemands(packDemands(demands)), demands)
  }
  for (const nothing of [{}, { scopes: [], acr: [], fresh: false }]) {
    t.equal(hasDemands(nothing), false)
    t.same(packDemands(nothing), {})
    t.equal(hasDemands(unpackDemands({})), false)
  }
  t.equal(hasDemands(unpackDemands()), false)
})

test('of what is configured and what is demanded the stricter holds', async t => {
  const settings = { acrValues: ['silver'], maxAge: 600 }
  t.same(strengthOf(settings, {}), { acr: ['silver'], maxAge: 600 })
  t.same(strengthOf(settings, { acr: ['gold'], maxAge: 60 }), { acr: ['gold'], maxAge: 60 })
  t.same(strengthOf(settings, { maxAge: 6000 }), { acr: ['silver'], maxAge: 600 })
  t.same(strengthOf(settings, { fresh: true, maxAge: 60 }), { acr: ['silver'], maxAge: 0 })
  t.same(strengthOf({ acrValues: [], maxAge: undefined }, {}), { acr: [], maxAge: undefined })
})
