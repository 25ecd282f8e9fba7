import { test } from 'tap'
import { readRecord, writeRecord } from '../../../lib/stores/redis/record.ts'

test('a record is read as it was written, whatever is in it', async t => {
  for (const value of ['', ' ', '0 ', '1 2 3 ', '["a"]', '\n', '\u0000', '😀', 'x'.repeat(100_000)]) {
    for (const tags of [[], [''], ['a', 'b c', '"', '\n'], ['😀', ']']]) {
      const record = { value, version: 'aB-_9', expiresAt: 1_234_567_890_123.5, tags }
      t.same(readRecord(writeRecord(record)), record)
    }
  }
})

test('a text that is no record is refused', async t => {
  for (const text of ['', 'foreign', 'a b c ', '1 2 x ', ' 1 2 3 ']) t.throws(() => readRecord(text), /no RedisStore/, text)
})
