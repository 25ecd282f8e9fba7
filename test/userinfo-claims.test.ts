import { test } from 'tap'
import { AuthUser } from '../lib/index.ts'
import { userinfoOf } from '../lib/userinfo-claims.ts'

const everything = {
  name: 'Ada Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  preferred_username: 'ada',
  picture: 'https://id.example.com/ada.png',
  locale: 'en-GB',
  zoneinfo: 'Europe/London',
  updated_at: 1_700_000_000,
  email: 'ada@example.com',
  email_verified: true
}

test('what a provider says is passed on by the names of OpenID Connect, and nothing else', async t => {
  const claims = { ...everything, sub: 'other', roles: ['admin'], address: {}, phone_number: '1' }
  t.same(userinfoOf(new AuthUser('2', { claims })), { sub: '2', ...everything })
  t.same(userinfoOf(new AuthUser('2')), { sub: '2' })
})

test('userinfo of the provider go before claims, one by one', async t => {
  const user = new AuthUser('2', { userinfo: { name: 'Ada L.', locale: 7 }, claims: { name: 'Ada', locale: 'en' } })
  t.same(userinfoOf(user), { sub: '2', name: 'Ada L.', locale: 'en' })
})

test('other spellings are understood, the best known before the others', async t => {
  const spellings = {
    given_name: ['given-name', 'first_name', 'first-name'],
    family_name: ['family-name', 'last_name', 'last-name', 'surname'],
    preferred_username: ['user_name', 'uid', 'username', 'upn'],
    email: ['mail']
  }
  for (const [member, others] of Object.entries(spellings)) {
    for (const [index, spelling] of others.entries()) {
      const later = Object.fromEntries(others.slice(index + 1).map(name => [name, 'later']))
      t.same(userinfoOf(new AuthUser('2', { claims: { ...later, [spelling]: 'x' } })), { sub: '2', [member]: 'x' }, spelling)
    }
  }
})

test('a name is not cut into two', async t => {
  const user = new AuthUser('2', { claims: { name: 'Mary Ann van der Berg' } })
  t.same(userinfoOf(user), { sub: '2', name: 'Mary Ann van der Berg' })
})

test('what is of the wrong kind is left out', async t => {
  for (const wrong of [null, '', '  ', 7, true, {}, ['a']]) {
    const claims = Object.fromEntries(Object.keys(everything).map(name => [name, wrong]))
    const left = { ...wrong === 7 ? { updated_at: 7 } : {} }
    t.same(userinfoOf(new AuthUser('2', { claims })), { sub: '2', ...left }, JSON.stringify(wrong))
  }
  t.same(userinfoOf(new AuthUser('2', { claims: { updated_at: '2024-01-01T00:00:00Z' } })), { sub: '2' })
  t.same(userinfoOf(new AuthUser('2', { claims: { email: 'a@b.example', email_verified: 'true' } })), { sub: '2', email: 'a@b.example' })
})

test('that an address was verified is never said of another address', async t => {
  const claims = { email: 'ada@example.com', email_verified: true }
  for (const userinfo of [{ email: 'eve@example.com' }, { mail: 'eve@example.com', email_verified: true }]) {
    t.same(userinfoOf(new AuthUser('2', { userinfo, claims })), { sub: '2', email: 'eve@example.com' })
  }
  t.same(userinfoOf(new AuthUser('2', { userinfo: { email_verified: true } })), { sub: '2' })
})

test('where scopes decide, each asks for its own claims', async t => {
  const { email, email_verified: isVerified, ...profile } = everything
  const user = new AuthUser('2', { claims: everything })
  t.same(userinfoOf(user, []), { sub: '2' })
  t.same(userinfoOf(user, ['email']), { sub: '2', email, email_verified: isVerified })
  t.same(userinfoOf(user, ['profile', 'x']), { sub: '2', ...profile })
})
