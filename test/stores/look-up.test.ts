import { test } from 'tap'
import { lookUp } from '../../lib/stores/look-up.ts'
import { MemoryStore } from '../../lib/stores/memory/memory-store.ts'

const later = { expiresAt: Date.now() + 60_000 }

test('a store that knows is not asked, and says the same as one that is', async t => {
  const memory = new MemoryStore()
  await memory.set('a', '1', later)
  const known = lookUp(memory, ['b', 'a'])
  t.notOk(known instanceof Promise)
  t.same(await known, await memory.getMany(['b', 'a']))
})

test('a store that does not know, or never does, is asked', async t => {
  for (const peek of [() => undefined, undefined]) {
    const memory = new MemoryStore()
    await memory.set('a', '1', later)
    t.intercept(memory, 'peek', { value: peek })
    t.intercept(memory, 'getMany', { value: async () => [undefined] })
    const asked = lookUp(memory, ['a'])
    t.ok(asked instanceof Promise)
    t.same(await asked, [undefined])
  }
})
