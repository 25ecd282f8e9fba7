import { inspect } from 'node:util'
import { test } from 'tap'
import { publicUrl, refuses, settingsOf } from './_refusal.ts'

test('without the option there is no basic authentication', async t => {
  t.equal(settingsOf().basic, undefined)
})

test('the realm is the origin of the application, or what the option says', async t => {
  const users = { robot: 'r2d2' }
  t.equal(settingsOf({ basic: { users } }).basic?.realm, 'login')
  t.equal(settingsOf({ publicUrl: `${publicUrl}/below`, basic: { users } }).basic?.realm, publicUrl)
  t.equal(settingsOf({ basic: { users, realm: 'the robots of !#$[]~' } }).basic?.realm, 'the robots of !#$[]~')
})

test('a realm that would break out of its quotes is refused', async t => {
  for (const realm of ['', 'a"b', 'a\\b', 'a\nb', 'a\r\nset-cookie: x', 'bücher', '\u0000', 1, null, {}]) {
    refuses(t, () => settingsOf({ basic: { users: { a: 'b' }, realm } }), 'basic.realm')
  }
})

test('either users or a function says who may come', async t => {
  for (const basic of [{}, { realm: 'x' }, { users: { a: 'b' }, verify: () => true }]) {
    refuses(t, () => settingsOf({ basic }), 'basic', '"users" and "verify"')
  }
  const verify = (): boolean => true
  t.match(settingsOf({ basic: { verify } }).basic, { verify, users: [] })
  refuses(t, () => settingsOf({ basic: { verify: 'yes' } }), 'basic.verify', 'must be a function')
  for (const basic of [null, 'x', [], 1]) refuses(t, () => settingsOf({ basic }), 'basic', 'must be an object')
  refuses(t, () => settingsOf({ basic: { user: {} } }), 'basic.user', 'realm, users, verify')
})

test('a user that no request could bring is refused', async t => {
  refuses(t, () => settingsOf({ basic: { users: { '': 'x' } } }), 'basic.users', 'without a name')
  for (const name of ['a:b', ':', 'a\n', '\u0000', 'a\u0085']) {
    refuses(t, () => settingsOf({ basic: { users: { [name]: 'x' } } }), `basic.users[${JSON.stringify(name)}]`, 'RFC 7617')
  }
  for (const password of ['a\nb', '\u007f']) {
    refuses(t, () => settingsOf({ basic: { users: { ada: password } } }), 'basic.users["ada"]', 'without control characters')
  }
})

test('a password is a text that is not empty, and is not shown when it is refused', async t => {
  for (const password of ['', undefined, null, 1, ['x']]) {
    refuses(t, () => settingsOf({ basic: { users: { ada: password } } }), 'basic.users["ada"]', 'text that is not empty')
  }
  try {
    settingsOf({ basic: { users: { ada: 'hush\n' } } })
  } catch (error) {
    t.notMatch(String(error), 'hush')
  }
})

test('a list of users that names nobody, or somebody twice, is refused', async t => {
  refuses(t, () => settingsOf({ basic: { users: {} } }), 'basic.users', 'names nobody')
  for (const users of [null, 'ada', ['ada']]) refuses(t, () => settingsOf({ basic: { users } }), 'basic.users')
  const twins = Object.fromEntries([['\u00e9', 'x'], ['e\u0301', 'y']])
  refuses(t, () => settingsOf({ basic: { users: twins } }), 'basic.users', 'Normalization Form C')
})

test('passwords never show', async t => {
  const { basic } = settingsOf({ basic: { users: { ada: 'lovelace' } } })
  t.equal(basic?.users[0]?.password.reveal(), 'lovelace')
  for (const text of [JSON.stringify(basic), inspect(basic, { depth: 9 }), String(basic?.users[0]?.password)]) {
    t.notMatch(text, 'lovelace')
  }
})

test('the settings are frozen copies', async t => {
  const users: Record<string, string> = { ada: 'lovelace' }
  const { basic } = settingsOf({ basic: { users } })
  users['ada'] = 'changed'
  t.equal(basic?.users[0]?.password.reveal(), 'lovelace')
  for (const object of [basic, basic?.users, basic?.users[0]]) t.ok(Object.isFrozen(object))
  t.ok(Object.isFrozen(settingsOf({ basic: { verify: () => true } }).basic?.users))
})
