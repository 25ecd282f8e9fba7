import { test } from 'tap'
import { createUserCheck } from '../../lib/guard/basic-users.ts'
import { SecretText } from '../../lib/secret-text.ts'

const users = Object.entries({ ada: 'lovelace', bob: 'builder', eve: 'lovelace' })
  .map(([name, password]) => ({ name, password: new SecretText(password) }))

test('name and password must be those of one user', async t => {
  const isRight = createUserCheck(users)
  for (const [name, password, expected] of [
    ['ada', 'lovelace', true], ['bob', 'builder', true], ['eve', 'lovelace', true],
    ['ada', 'builder', false], ['bob', 'lovelace', false], ['nobody', 'lovelace', false], ['ada', 'lovelac', false],
    ['ada', 'lovelace ', false], ['Ada', 'lovelace', false], ['ada', '', false], ['', '', false], ['__proto__', 'x', false]
  ] as const) t.equal(isRight({ name, password }), expected, `${name}:${password}`)
})

test('without users nobody is right', async t => {
  t.equal(createUserCheck([])({ name: 'ada', password: 'lovelace' }), false)
})

test('the password of every user is looked at once, when the check is made', async t => {
  let revealed = 0
  class Watched extends SecretText {
    override reveal (): string {
      revealed++
      return super.reveal()
    }
  }
  const isRight = createUserCheck([{ name: 'ada', password: new Watched('lovelace') }])
  for (let index = 0; index < 3; index++) t.equal(isRight({ name: 'ada', password: 'lovelace' }), true)
  t.equal(revealed, 1)
})
