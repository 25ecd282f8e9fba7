import { test } from 'tap'
import { endOf, packRecord, sizeOf, unpackRecord, weightOf } from '../../../lib/stores/memory/record.ts'

const texts = ['', ' ', '\n', '1 2\n', 'ÿ', 'Ā', '€ 1', '😀', '\ud800', '\u0000', 'x'.repeat(1_100_000), '€'.repeat(600_000)]

test('a record is unpacked as it was packed, whatever is in it', async t => {
  for (const value of texts) {
    for (const tags of [[], [''], ['a', 'b c', '\n'], ['', '', '😀'], ['7']]) {
      const record = { value, version: '12', expiresAt: 1_234_567_890_123.5, tags }
      t.same(unpackRecord(packRecord(record)), record)
    }
  }
})

test('the end of a record is read without the rest', async t => {
  t.equal(endOf(packRecord({ value: '1 2 3', version: '12', expiresAt: 17.25, tags: ['1 2'] })), 17.25)
})

test('a text weighs one byte for each character, or two where one of them needs two', async t => {
  t.equal(sizeOf('ÿa'), 2)
  t.equal(sizeOf('Āa'), 4)
  const record = { version: '12', expiresAt: 17, tags: ['ab', 'c'] }
  t.equal(weightOf(packRecord({ ...record, value: '123ÿ' })), 7)
  t.equal(weightOf(packRecord({ ...record, value: '123Ā' })), 14)
})

test('what is sealed takes a quarter less, and comes back as it was wherever it stands', async t => {
  const sealed = 'Az09-_'.repeat(60)
  const packed = packRecord({ value: sealed, version: '12', expiresAt: 17, tags: ['ab'] })
  t.equal(weightOf(packed), 2 + sealed.length * 3 / 4)
  for (const rest of ['', 'A', 'Az', 'Az0', '.', '\n', 'ÿ', 'Ā', '"]\n', `.${sealed}`]) {
    for (const value of [rest + sealed, sealed + rest, `${rest}${sealed}.${rest}`]) {
      const record = { value, version: '12', expiresAt: 17, tags: ['7', sealed] }
      t.same(unpackRecord(packRecord(record)), record)
    }
  }
})

test('what is very long is kept as it is', async t => {
  const record = { value: 'x'.repeat(10_000_000), version: '12', expiresAt: 17, tags: [] }
  t.ok(unpackRecord(packRecord(record)).value === record.value)
})
