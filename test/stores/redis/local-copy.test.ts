import { test } from 'tap'
import { LocalCopy } from '../../../lib/stores/redis/local-copy.ts'
import type { Entry } from '../../../lib/stores/store.ts'
import { defer } from './_deferred.ts'

const entryOf = (value: string): Entry => ({ value, version: '1', expiresAt: 1 })

async function keep (copy: LocalCopy, key: string, value?: string): Promise<void> {
  await copy.read([key], async () => [value === undefined ? undefined : entryOf(value)])
}

/** A read whose answer comes when it is told to. */
function readSlowly (copy: LocalCopy, keys: readonly string[], values: readonly string[]) {
  const { promise: gate, resolve: answer, reject: fail } = defer()
  const reading = copy.read(keys, async () => {
    await gate
    return values.map(entryOf)
  })
  return { reading, answer, fail }
}

test('what was read is known, also what is absent', async t => {
  const copy = new LocalCopy()
  const entries = await copy.read(['a', 'b', 'a'], async () => [entryOf('1'), undefined, entryOf('1')])
  t.same(entries, [entryOf('1'), undefined, entryOf('1')])
  t.same(copy.peek(['b', 'a']), [undefined, entryOf('1')])
  t.same(copy.peek([]), [])
})

test('nothing is told unless all keys are known', async t => {
  const copy = new LocalCopy()
  await keep(copy, 'a')
  t.equal(copy.peek(['a', 'b']), undefined)
})

test('what is kept cannot be changed by who got it', async t => {
  const copy = new LocalCopy()
  await keep(copy, 'a', '1')
  t.ok(Object.isFrozen(copy.peek(['a'])?.[0]))
})

test('what is being read is not known yet', async t => {
  const copy = new LocalCopy()
  const { reading, answer } = readSlowly(copy, ['a'], ['1'])
  t.equal(copy.peek(['a']), undefined)
  answer()
  await reading
  t.match(copy.peek(['a']), [{ value: '1' }])
})

test('an answer that a change has overtaken is given, and not kept', async t => {
  const changes: ReadonlyArray<readonly [string, (copy: LocalCopy) => void]> = [
    ['of the key', copy => copy.drop('a')],
    ['of everything', copy => copy.clear()]
  ]
  for (const [what, change] of changes) {
    const copy = new LocalCopy()
    const { reading, answer } = readSlowly(copy, ['a'], ['old'])
    change(copy)
    answer()
    t.match(await reading, [{ value: 'old' }], what)
    t.equal(copy.peek(['a']), undefined, what)
    await keep(copy, 'a', 'new')
    t.match(copy.peek(['a']), [{ value: 'new' }], what)
  }
})

test('an overtaken answer is not kept where a later read has begun meanwhile, nor does it harm that one', async t => {
  const copy = new LocalCopy()
  const first = readSlowly(copy, ['a'], ['old'])
  copy.drop('a')
  const second = readSlowly(copy, ['a'], ['new'])
  first.answer()
  await first.reading
  t.equal(copy.peek(['a']), undefined)
  second.answer()
  await second.reading
  t.match(copy.peek(['a']), [{ value: 'new' }])
})

test('of reads of one key at the same time the first is kept, whoever is answered first', async t => {
  const copy = new LocalCopy()
  const first = readSlowly(copy, ['a'], ['1'])
  const second = readSlowly(copy, ['a'], ['2'])
  second.answer()
  await second.reading
  t.equal(copy.peek(['a']), undefined)
  first.answer()
  await first.reading
  t.match(copy.peek(['a']), [{ value: '1' }])
})

test('a change of another key overtakes nothing', async t => {
  const copy = new LocalCopy()
  const { reading, answer } = readSlowly(copy, ['a', 'b'], ['1', '2'])
  copy.drop('b')
  copy.drop('c')
  answer()
  await reading
  t.match(copy.peek(['a']), [{ value: '1' }])
  t.equal(copy.peek(['b']), undefined)
})

test('a read that fails leaves nothing behind', async t => {
  const copy = new LocalCopy()
  const { reading, fail } = readSlowly(copy, ['a'], ['1'])
  fail(new Error('no answer'))
  await t.rejects(reading, { message: 'no answer' })
  t.equal(copy.size, 0)
  await keep(copy, 'a', '1')
  t.match(copy.peek(['a']), [{ value: '1' }])
})

test('a read that fails after it was overtaken leaves the place of the next one alone', async t => {
  const copy = new LocalCopy()
  const first = readSlowly(copy, ['a'], ['old'])
  copy.drop('a')
  const second = readSlowly(copy, ['a'], ['new'])
  first.fail(new Error('no answer'))
  await t.rejects(first.reading)
  second.answer()
  await second.reading
  t.match(copy.peek(['a']), [{ value: 'new' }])
})

test('beyond its entries it lets go of what was read first', async t => {
  const copy = new LocalCopy({ entries: 3, bytes: 1000 })
  for (const key of ['a', 'b', 'c', 'd']) await keep(copy, key)
  t.equal(copy.peek(['a']), undefined)
  t.same(copy.peek(['b', 'c', 'd']), [undefined, undefined, undefined])
})

test('beyond its bytes too, however many characters those are', async t => {
  const copy = new LocalCopy({ entries: 1000, bytes: 20 })
  await keep(copy, 'a', 'x'.repeat(9))
  await keep(copy, 'b', 'x'.repeat(9))
  t.ok(copy.peek(['a', 'b']))
  await keep(copy, 'b', 'x'.repeat(9))
  t.ok(copy.peek(['a', 'b']), 'what is known is not counted twice')
  await keep(copy, 'c')
  t.equal(copy.peek(['a']), undefined)
  await keep(copy, 'd', 'é'.repeat(9))
  t.equal(copy.peek(['b']), undefined)
  t.ok(copy.peek(['d']))
  await keep(copy, 'e', 'x'.repeat(20))
  t.equal(copy.size, 0, 'what is larger than all of it is not kept')
})

test('what was dropped makes room', async t => {
  const copy = new LocalCopy({ entries: 1000, bytes: 20 })
  for (let round = 0; round < 10; round++) {
    await keep(copy, 'a', 'x'.repeat(19))
    if (round % 2 === 0) copy.drop('a')
    else copy.clear()
  }
  await keep(copy, 'b', 'x'.repeat(9))
  await keep(copy, 'c', 'x'.repeat(9))
  t.ok(copy.peek(['b', 'c']))
})

test('an overtaken answer takes no room', async t => {
  const copy = new LocalCopy({ entries: 1000, bytes: 20 })
  for (let round = 0; round < 10; round++) {
    const { reading, answer } = readSlowly(copy, ['a'], ['x'.repeat(19)])
    copy.drop('a')
    answer()
    await reading
  }
  await keep(copy, 'b', 'x'.repeat(9))
  await keep(copy, 'c', 'x'.repeat(9))
  t.ok(copy.peek(['b', 'c']))
})

test('reads that nobody answers are bounded too', async t => {
  const copy = new LocalCopy({ entries: 3, bytes: 1000 })
  const waiting = Array.from({ length: 10 }, (_, index) => readSlowly(copy, [`${index}`], ['1']))
  t.equal(copy.size, 3)
  for (const { answer } of waiting) answer()
  await Promise.all(waiting.map(({ reading }) => reading))
  t.equal(copy.size, 3)
})
