import { test } from 'tap'
import { refuses, settingsOf } from './_refusal.ts'

const ask = (): undefined => {}

const namesOf = (...authenticators: readonly unknown[]): readonly string[] =>
  settingsOf({ authenticators }).authenticators.map(({ name }) => name)

test('without the option nobody is asked', async t => {
  t.same(settingsOf().authenticators, [])
  t.same(settingsOf({ authenticators: [] }).authenticators, [])
})

test('a function goes by its name, a nameless one as "authenticator", an object by the name in it', async t => {
  async function byKey (): Promise<undefined> {}
  t.same(namesOf(ask, byKey, () => undefined, ask.bind(undefined), { name: 'api-key', authenticate: ask }),
    ['ask', 'byKey', 'authenticator', 'authenticator', 'api-key'])
})

test('a name that means other evidence is refused', async t => {
  function basic (): undefined {}
  refuses(t, () => namesOf(ask, basic), 'authenticators[1].name', 'names other evidence')
  for (const name of ['cookie', 'basic', 'bearer', 'Basic', 'BEARER']) {
    refuses(t, () => namesOf({ name, authenticate: ask }), 'authenticators[0].name', 'names other evidence')
  }
})

test('a name has letters, digits and a few signs', async t => {
  for (const name of ['', 'api key', 'a"b', 'ä', '1a', '-a', 'a,b', 'x'.repeat(65), undefined, 1]) {
    refuses(t, () => namesOf({ name, authenticate: ask }), 'authenticators[0].name')
  }
  t.same(namesOf({ name: 'A.b_c-1', authenticate: ask }), ['A.b_c-1'])
})

test('an authenticator is a function, or an object with one', async t => {
  for (const authenticators of [ask, {}, 'x']) refuses(t, () => settingsOf({ authenticators }), 'authenticators', 'list of functions')
  for (const one of [null, 'x', 1, []]) refuses(t, () => namesOf(one), 'authenticators[0]', 'must be an object')
  refuses(t, () => namesOf({ name: 'a' }), 'authenticators[0].authenticate', 'must be a function')
  refuses(t, () => namesOf({ name: 'a', authenticate: ask, scheme: 'x' }), 'authenticators[0].scheme', 'name, authenticate')
})

test('an authenticator may be an instance of a class, with members of its own', async t => {
  class Keys {
    readonly name = 'api-key'
    readonly keys = ['robot']
    authenticate (): string | undefined {
      return this.keys[0]
    }
  }
  const [resolved] = settingsOf({ authenticators: [new Keys()] }).authenticators
  t.equal(resolved?.authenticate({} as never), 'robot')
})

test('the settings are frozen copies', async t => {
  const authenticators: unknown[] = [ask]
  const settings = settingsOf({ authenticators })
  authenticators.push(ask)
  t.equal(settings.authenticators.length, 1)
  for (const object of [settings.authenticators, settings.authenticators[0]]) t.ok(Object.isFrozen(object))
})
