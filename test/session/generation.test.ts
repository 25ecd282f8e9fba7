import { test } from 'tap'
import { createGeneration, isOutdated, readGeneration, writeGeneration } from '../../lib/session/generation.ts'

const session = (generation?: string, handle = 'h') => ({ generation, handle })

test('every generation is another', async t => {
  t.equal(new Set(Array.from({ length: 100 }, () => createGeneration().id)).size, 100)
})

test('a generation comes back from a store as it was', async t => {
  for (const generation of [createGeneration(), createGeneration('spared')]) {
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
