import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'tap'
import { OpenedCache } from '../lib/opened-cache.ts'
import { aSession } from './session/_session.ts'

const nonce = (text: string): string => text.padStart(22, '-')

test('an opened session is found by its whole text', async t => {
  const cache = new OpenedCache()
  const session = aSession()
  cache.add(`text.${nonce('a')}`, session)
  t.equal(cache.get(`text.${nonce('a')}`), session)
})

test('another text with the same end is not found', async t => {
  const cache = new OpenedCache()
  cache.add(`text.${nonce('a')}`, aSession())
  t.equal(cache.get(`tExt.${nonce('a')}`), undefined)
  t.equal(cache.get(nonce('a')), undefined)
})

test('a text that was never added is not found', async t => {
  t.equal(new OpenedCache().get(`text.${nonce('a')}`), undefined)
})

test('a second text with the same end takes the place of the first', async t => {
  const cache = new OpenedCache()
  const [first, second] = [aSession(), aSession()]
  cache.add(`1.${nonce('a')}`, first)
  cache.add(`2.${nonce('a')}`, second)
  t.equal(cache.get(`1.${nonce('a')}`), undefined)
  t.equal(cache.get(`2.${nonce('a')}`), second)
})

test('the cache keeps no more entries than its bound; what was added first goes first', async t => {
  const cache = new OpenedCache({ mostEntries: 2 })
  for (const name of ['a', 'b', 'c']) cache.add(nonce(name), aSession())
  t.same(['a', 'b', 'c'].map(name => cache.get(nonce(name)) !== undefined), [false, true, true])
})

test('the cache keeps no more characters than its bound', async t => {
  const cache = new OpenedCache({ mostCharacters: 60 })
  for (const name of ['a', 'b', 'c']) cache.add(nonce(name), aSession())
  t.same(['a', 'b', 'c'].map(name => cache.get(nonce(name)) !== undefined), [false, true, true])
})

test('a text that alone is beyond the bound is not kept, and takes nothing else with it for good', async t => {
  const cache = new OpenedCache({ mostCharacters: 60 })
  cache.add('x'.repeat(61), aSession())
  cache.add(nonce('a'), aSession())
  t.equal(cache.get('x'.repeat(61)), undefined)
  t.not(cache.get(nonce('a')), undefined)
})

test('what took the place of another counts once', async t => {
  const cache = new OpenedCache({ mostCharacters: 70 })
  for (let turn = 0; turn < 10; turn++) cache.add(`${turn}${nonce('a')}`, aSession())
  cache.add(nonce('b'), aSession())
  cache.add(nonce('c'), aSession())
  t.not(cache.get(`9${nonce('a')}`), undefined)
})

test('a patient cache keeps what comes again, and nothing of what comes once', async t => {
  const cache = new OpenedCache({ mostEntries: 2, keeps: 'second sight' })
  const text = nonce('a')
  cache.add(text, aSession())
  t.equal(cache.get(text), undefined)
  const session = aSession()
  cache.add(text, session)
  t.equal(cache.get(text), session)
  for (const other of ['b', 'c', 'd', 'e', 'f']) cache.add(nonce(other), aSession())
  t.equal(cache.get(text), session, 'and a crowd pushes out nobody')
})

test('a text that was cut out of a header does not keep the header', async t => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const cache = new OpenedCache()
  collect()
  const before = process.memoryUsage().heapUsed
  for (let index = 0; index < 2000; index++) {
    const header = Buffer.from(`${'x'.repeat(16_000)}${nonce(String(index))}`).toString('latin1')
    cache.add(header.slice(-30), {})
  }
  collect()
  t.ok(process.memoryUsage().heapUsed - before < 16_000_000, 'half of what the headers take')
  t.not(cache.get(`${'x'.repeat(8)}${nonce('7')}`), undefined)
})
