import { test } from 'tap'
import { createIsUntouched } from '../../../lib/oidc/provider/global-fetch.ts'

const PLACE = Symbol.for('undici.globalDispatcher.1')

test('an agent that interceptors were put before is not what Node makes for itself', async t => {
  const before: unknown = Reflect.get(globalThis, PLACE)
  t.teardown(() => { Reflect.set(globalThis, PLACE, before) })
  const isUntouched = createIsUntouched()
  // The way of Node to its own agent: it is made by the first call.
  await fetch('data:,').then(async answer => { await answer.text() })
  const own = Reflect.get(globalThis, PLACE) as object
  t.equal(isUntouched(), true)
  // As `compose` of undici 7 and later gives it: its class and its options are those of the agent in it.
  Reflect.set(globalThis, PLACE, new Proxy(own, { get: (agent, key): unknown => Reflect.get(agent, key) }))
  t.equal(isUntouched(), false)
  Reflect.set(globalThis, PLACE, own)
  t.equal(isUntouched(), true)
})
