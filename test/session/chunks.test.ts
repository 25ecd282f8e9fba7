import { test } from 'tap'
import { chunkName, joinChunks, MOST_CHUNKS, splitChunks } from '../../lib/session/chunks.ts'

function cookiesOf (name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [chunkName(name, index), value]))
}

test('the first chunk has the plain name, the others are numbered from 1', async t => {
  t.same([0, 1, 2, 3].map(index => chunkName('login', index)), ['login', 'login.1', 'login.2', 'login.3'])
})

test('a text that fits into one cookie is one value with a 1 before it', async t => {
  t.same(splitChunks('abc', 4), ['1abc'])
})

test('the count takes part in the size of the first value', async t => {
  t.same(splitChunks('abcd', 4), ['2abc', 'd'])
})

test('no value is longer than the size, whatever the length of the text', async t => {
  for (let length = 1; length <= MOST_CHUNKS * 10 - 1; length++) {
    const values = splitChunks('x'.repeat(length), 10) ?? []
    t.ok(values.length > 0 && values.every(value => value.length > 0 && value.length <= 10), `${length}`)
  }
})

test('a text that needs more than four cookies does not fit', async t => {
  t.equal(splitChunks('x'.repeat(39), 10)?.length, 4)
  t.equal(splitChunks('x'.repeat(40), 10), undefined)
})

test('what was split is joined to the same text, whatever its length', async t => {
  for (let length = 1; length < 40; length++) {
    const text = 'abcdefghijklmnopqrstuvwxyz0123456789-_.~'.slice(0, length)
    t.equal(joinChunks('login', cookiesOf('login', splitChunks(text, 10) ?? [])), text)
  }
})

test('cookies of other names take no part', async t => {
  t.equal(joinChunks('login', { login: '1a', 'login.1': 'b', 'login.01': 'c', xlogin: 'd' }), 'a')
})

test('nothing is joined where a chunk is missing', async t => {
  const cookies = { login: '3a', 'login.1': 'b', 'login.2': 'c' }
  for (const name of ['login', 'login.1', 'login.2']) {
    t.equal(joinChunks('login', { ...cookies, [name]: undefined }), undefined, name)
  }
})

test('nothing is joined under a count that is none of ours', async t => {
  const others = { 'login.1': 'b', 'login.2': 'b', 'login.3': 'b', 'login.4': 'b', 'login.5': 'b' }
  for (const count of ['', '0', '5', '9', 'x', '-', '١', '²', ' 1', '+1']) {
    t.equal(joinChunks('login', { login: `${count}a`, ...others }), undefined, JSON.stringify(count))
  }
})

test('only the first digit counts', async t => {
  t.equal(joinChunks('login', { login: '12', 'login.1': 'b' }), '2')
})
