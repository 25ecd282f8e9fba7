import { test } from 'tap'
import { createGeneration, isOutdated, readGeneration, writeGeneration } from '../../lib/session/generation.ts'

const session = (generation?: string, handle = 'h') => ({ generation, handle })

test('every generation is another', async t => {
  t.equal(new Set(Array.from({ length: 100 }, () => createGeneration().id)).size, 100)
})

test('a generation comes back from a store as it was', async t => {
  const [first, second] = [createGeneration(), createGeneration('spared')]
  for (const generation of [first, second, createGeneration('spared', first), createGeneration('spared', second)]) {
    t.same(readGeneration(writeGeneration(generation)), generation)
  }
  t.equal(readGeneration(undefined), undefined)
})

test('where nobody ended all sessions none is outdated', async t => {
  t.equal(isOutdated(session(), undefined), false)
  t.equal(isOutdated(session('forgotten'), undefined), false)
})

test('a session of another generation is outdated, one of this is not', async t => {
  const [earlier, current] = [createGeneration(), createGeneration()]
  t.equal(isOutdated(session(), current), true)
  t.equal(isOutdated(session(earlier.id), current), true)
  t.equal(isOutdated(session(current.id), current), false)
})

test('the session that was excepted goes on, until all are ended again', async t => {
  t.equal(isOutdated(session(undefined, 'spared'), createGeneration('spared')), false)
  t.equal(isOutdated(session(undefined, 'other'), createGeneration('spared')), true)
  t.equal(isOutdated(session(undefined, 'spared'), createGeneration()), true)
})

test('a session that was ended before is not revived by being excepted', async t => {
  const [first, ...ended] = [createGeneration(), createGeneration(), createGeneration('other')]
  for (const current of ended) {
    for (const generation of [undefined, first.id]) {
      const next = createGeneration('spared', current)
      t.equal(isOutdated(session(generation, 'spared'), next), true)
      t.equal(isOutdated(session(generation, 'spared'), createGeneration('spared', next)), true)
    }
  }
})

test('a session that lives can be excepted again and again', async t => {
  let current = createGeneration()
  const spared = session(current.id, 'spared')
  for (let turn = 0; turn < 3; turn++) {
    current = createGeneration('spared', current)
    t.equal(isOutdated(spared, current), false)
  }
  t.equal(isOutdated(spared, createGeneration('spared', createGeneration('other', current))), true)
})

test('where it was forgotten that sessions were ended, a session of any generation can be excepted', async t => {
  let current = createGeneration('spared')
  for (let turn = 0; turn < 2; turn++) {
    t.equal(isOutdated(session('forgotten', 'spared'), current), false)
    current = createGeneration('spared', current)
  }
})

test('what no generation was written as ends all sessions before it, and none that begins after it', async t => {
  for (const value of ['', 'nonsense', 'null', '5', '[]', '{}', '"text"']) {
    const current = readGeneration(value)
    t.equal(isOutdated(session(), current), true)
    t.equal(isOutdated(session(createGeneration().id), current), true)
    t.equal(isOutdated(session(current?.id), current), false)
  }
})
