import { test } from 'tap'
import { realmOf } from '../../lib/guard/realm.ts'
import { requirementsOn } from '../../lib/guard/guard-mark.ts'
import { loginRequired } from '../../lib/index.ts'
import { createApp } from './_app.ts'

test('the guards of a route and of its scope are found, in the order in which they run', async t => {
  const app = await createApp(t)
  app.addHook('preHandler', loginRequired({ scopes: ['d'] }))
  await app.after()
  const realm = realmOf(app)
  if (realm === undefined) throw new Error('There is no realm')
  const scoped = (...scopes: string[]): unknown => app.loginRequired({ scopes })
  const route = { onRequest: [scoped('a'), () => {}], preValidation: scoped('b', 'c'), preHandler: undefined, onSend: [scoped('x')] }

  t.same(requirementsOn(route, app, realm).map(({ scopes }) => scopes), [['a'], ['b', 'c'], ['d']])
  t.same(requirementsOn({ onRequest: ['no function', null] }, {}, realm), [], 'nor is anything seen where Fastify keeps hooks elsewhere')
})

test('nobody sees the mark of a guard by accident, or changes it', async t => {
  const app = await createApp(t)
  for (const guard of [loginRequired, app.loginRequired, loginRequired({ fresh: true })]) {
    t.same(Object.keys(guard), [])
    const [mark] = Object.getOwnPropertySymbols(guard)
    const descriptor = Object.getOwnPropertyDescriptor(guard, mark ?? '')
    t.match(descriptor, { writable: false, enumerable: false, configurable: false })
    t.ok(Object.isFrozen(descriptor?.value))
  }
})
