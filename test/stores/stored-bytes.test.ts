import { test } from 'tap'
import { decodeText, encodeKey, encodeTime, encodeValue } from '../../lib/stores/stored-bytes.ts'

test('a key has 1 to 512 bytes', async t => {
  for (const key of ['a', 'k'.repeat(512), '😀'.repeat(128)]) t.equal(decodeText(encodeKey(key)), key)
  for (const key of ['', 'k'.repeat(513), '😀'.repeat(128) + 'a']) t.throws(() => encodeKey(key), RangeError)
})

test('half a character is no text', async t => {
  for (const text of ['\ud800', 'a\udc00b', '\udc00\ud800']) {
    t.throws(() => encodeKey(text), TypeError)
    t.throws(() => encodeValue(text), TypeError)
  }
})

test('what is no text is refused', async t => {
  for (const value of [undefined, null, 1, {}, Buffer.from('a')]) {
    t.throws(() => Reflect.apply(encodeKey, undefined, [value]), TypeError)
    t.throws(() => Reflect.apply(encodeValue, undefined, [value]), TypeError)
  }
})

test('a value may be empty, and begin with a byte order mark', async t => {
  for (const value of ['', '\ufeffa', '\u0000']) t.equal(decodeText(encodeValue(value)), value)
})

test('a time is a whole number that every database keeps', async t => {
  t.equal(encodeTime(1.9), 1)
  for (const time of [NaN, Infinity, -Infinity, 2 ** 53]) t.throws(() => encodeTime(time), RangeError)
})

test('a part of a larger buffer is decoded alone', async t => {
  t.equal(decodeText(new Uint8Array(Buffer.from('abcd').buffer.slice(0), 0, 0)), '')
  t.equal(decodeText(Buffer.from('abcd').subarray(1, 3)), 'bc')
})

test('what a driver made of bytes is refused', async t => {
  for (const value of ['abc', 1, null, undefined]) t.throws(() => decodeText(value), { message: /gave something else than bytes/ })
})
