import t from 'tap'
import { claimsByScope, defaultPeople, hintedPerson } from '../../lib/dev-provider/people.ts'

t.test('the default people differ where applications make mistakes', async t => {
  const [alice, bob, carol] = defaultPeople
  t.match(alice, { email_verified: true, roles: ['admin', 'editor'] })
  t.match(bob, { email_verified: false, roles: ['editor'] })
  t.match(carol, { name: /Øzgür/, roles: [], groups: [] })
  t.equal(new Set(defaultPeople.map(person => person['locale'])).size, 3)
})

t.test('standard claims come with their scope, all others with openid', async t => {
  const claims = claimsByScope([{ sub: 'a', name: 'A', tenant: 't' }, { sub: 'b', email: 'b@c', tenant: 'u', level: 3 }])
  t.strictSame(claims['openid'], ['sub', 'tenant', 'level'])
  t.ok(claims['profile']?.includes('name'))
  t.strictSame(claims['email'], ['email', 'email_verified'])
})

t.test('a hint means a person by subject, e-mail or user name', async t => {
  t.equal(hintedPerson(defaultPeople, 'bob')?.sub, 'bob')
  t.equal(hintedPerson(defaultPeople, 'alice@example.com')?.sub, 'alice')
  t.equal(hintedPerson(defaultPeople, 'çârôl')?.sub, 'carol')
  t.equal(hintedPerson(defaultPeople, 'mallory'), undefined)
})

t.test('no hint means nobody', async t => {
  t.equal(hintedPerson([{ sub: 'a' }], undefined), undefined)
})
