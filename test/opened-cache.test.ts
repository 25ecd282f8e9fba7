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
  const cache = new OpenedCache(2)
  for (const name of ['a', 'b', 'c']) cache.add(nonce(name), aSession())
  t.same(['a', 'b', 'c'].map(name => cache.get(nonce(name)) !== undefined), [false, true, true])
})

test('the cache keeps no more characters than its bound', async t => {
  const cache = new OpenedCache(100, 60)
  for (const name of ['a', 'b', 'c']) cache.add(nonce(name), aSession())
  t.same(['a', 'b', 'c'].map(name => cache.get(nonce(name)) !== undefined), [false, true, true])
})

test('a text that alone is beyond the bound is not kept, and takes nothing else with it for good', async t => {
  const cache = new OpenedCache(100, 60)
  cache.add('x'.repeat(61), aSession())
  cache.add(nonce('a'), aSession())
  t.equal(cache.get('x'.repeat(61)), undefined)
  t.not(cache.get(nonce('a')), undefined)
})

test('what took the place of another counts once', async t => {
  const cache = new OpenedCache(100, 70)
  for (let turn = 0; turn < 10; turn++) cache.add(`${turn}${nonce('a')}`, aSession())
  cache.add(nonce('b'), aSession())
  cache.add(nonce('c'), aSession())
  t.not(cache.get(`9${nonce('a')}`), undefined)
})
