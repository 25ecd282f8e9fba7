import { test } from 'tap'
import { AuthUser } from '../../lib/index.ts'
import { areWords, isTooWeak, resolveRequirements } from '../../lib/guard/requirements.ts'

const NOW = 1_800_000_000

function aUser (details: ConstructorParameters<typeof AuthUser>[1] = {}): AuthUser {
  return new AuthUser('2', { authenticatedAt: NOW, ...details })
}

const vouched = { issuer: 'https://id.example.com', subject: '2', provider: 'oidc' }

const cases: ReadonlyArray<readonly [string, AuthUser, Parameters<typeof isTooWeak>[1], boolean]> = [
  ['any login is enough where nothing is demanded', aUser({ isFresh: false, authenticatedAt: 0 }), {}, false],
  ['a login that came back is not fresh', aUser({ isFresh: false }), { fresh: true }, true],
  ['a login of just now is fresh', aUser(), { fresh: true }, false],
  ['a login is young enough until the last second', aUser({ authenticatedAt: NOW - 60 }), { maxAge: 60 }, false],
  ['a login is too old from the next second on', aUser({ authenticatedAt: NOW - 61 }), { maxAge: 60 }, true],
  ['the clock of a provider may differ', aUser({ authenticatedAt: NOW - 90, identity: vouched }), { maxAge: 60 }, false],
  ['but not by more', aUser({ authenticatedAt: NOW - 91, identity: vouched }), { maxAge: 60 }, true],
  ['a login without a time is too old', new AuthUser('2'), { maxAge: 60 }, true],
  ['one of the acr values is enough', aUser({ claims: { acr: 'gold' } }), { acr: ['silver', 'gold'] }, false],
  ['another acr is not', aUser({ claims: { acr: 'bronze' } }), { acr: ['silver', 'gold'] }, true],
  ['no acr is not', aUser(), { acr: ['gold'] }, true],
  ['a list of acr values is none of them', aUser({ claims: { acr: ['gold'] } }), { acr: ['gold'] }, true]
]

for (const [title, user, demands, isWeak] of cases) {
  test(title, async t => { t.equal(isTooWeak(user, demands, NOW * 1000, 30), isWeak) })
}

test('what a guard demands is frozen, and says a word once', async t => {
  const requirements = resolveRequirements({ scopes: ['a', 'b', 'a'], acr: 'gold', maxAge: 5, fresh: true })
  t.match(requirements, { scopes: ['a', 'b'], demands: { acr: ['gold'], maxAge: 5, fresh: true } })
  for (const object of [requirements, requirements.demands, requirements.scopes]) t.ok(Object.isFrozen(object))
  t.same(resolveRequirements().scopes, [])
})

test('only a list of single words is one', async t => {
  t.equal(areWords(['a', 'https://x/y.z:w']), true)
  for (const value of [['a b'], ['"'], ['\\'], [''], [1], 'a', null]) t.equal(areWords(value), false, JSON.stringify(value))
})
