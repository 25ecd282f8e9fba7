import { test } from 'tap'
import {
  assertBoolean, assertFunction, assertKnownKeys, assertObject, assertOneOf, assertText, assertTexts, assertWholeNumber,
  isPlainPath, refuse
} from '../../lib/options/check.ts'
import { refuses } from './_refusal.ts'

const symbol = Symbol('x')
const everything: readonly unknown[] = [
  undefined, null, true, false, 0, 1, -1, 1.5, NaN, Infinity, 2 ** 53, '', 'text', [], ['text'], [1], {}, () => {}, symbol, 1n
]

/** The values of the list that a check lets pass. */
function passed (check: (value: unknown) => void): readonly unknown[] {
  return everything.filter(value => {
    try {
      check(value)
      return true
    } catch {
      return false
    }
  })
}

test('a refusal names the option and goes on with the problem', async t => {
  refuses(t, () => refuse('a.b', 'is wrong.'), 'a.b', /^"a\.b" is wrong\.$/)
})

test('a percent sign in a refusal stays what it is', async t => {
  refuses(t, () => refuse('a', 'has %s and %d and %%.'), 'a', 'has %s and %d and')
})

test('only an object is an object', async t => {
  t.same(passed(value => assertObject(value, 'x')), [{}])
  refuses(t, () => assertObject([], 'x'), 'x', 'must be an object.')
})

test('an unknown key is refused by its whole name, and the known ones are told', async t => {
  assertKnownKeys({ a: 1 }, ['a', 'b'], 'x')
  assertKnownKeys({}, [])
  refuses(t, () => assertKnownKeys({ a: 1, c: undefined }, ['a', 'b'], 'x'), 'x.c', 'a, b')
  refuses(t, () => assertKnownKeys({ c: 1 }, ['a', 'b']), 'c', 'a, b')
  refuses(t, () => assertKnownKeys({ toString: 1 }, ['a']), 'toString')
})

test('only a text that is not empty is a text', async t => {
  t.same(passed(value => assertText(value, 'x')), ['text'])
  refuses(t, () => assertText('', 'x'), 'x', 'not empty')
})

test('only true and false are true or false', async t => {
  t.same(passed(value => assertBoolean(value, 'x')), [true, false])
  refuses(t, () => assertBoolean(0, 'x'), 'x', 'true or false')
})

test('only a function is a function', async t => {
  t.equal(passed(value => assertFunction(value, 'x')).length, 1)
  refuses(t, () => assertFunction({}, 'x'), 'x', 'must be a function')
})

test('only the values of the list are one of them', async t => {
  t.same(passed(value => assertOneOf(value, [false, 'text'], 'x')), [false, 'text'])
  refuses(t, () => assertOneOf(1, [false, 'text'], 'x'), 'x', 'must be one of false, "text".')
})

test('only a whole number in the range is one', async t => {
  t.same(passed(value => assertWholeNumber(value, 0, 1, 'x')), [0, 1])
  t.same(passed(value => assertWholeNumber(value, -5, Number.MAX_SAFE_INTEGER, 'x')), [0, 1, -1])
  refuses(t, () => assertWholeNumber(2, 0, 1, 'x'), 'x', 'must be a whole number from 0 to 1.')
})

test('a list of texts is refused by the place of what is none', async t => {
  t.same(passed(value => assertTexts(value, 'x')), [[], ['text']])
  refuses(t, () => assertTexts('text', 'x'), 'x', 'list of texts')
  refuses(t, () => assertTexts(['a', 1], 'x'), 'x[1]')
  refuses(t, () => assertTexts(['a', 'b', ''], 'x'), 'x[2]')
})

test('a plain path is one that everybody reads the same way', async t => {
  for (const path of ['', '/a', '/a/b', '/a.b', '/~a', '/A-b_c', '/0', '/...']) t.equal(isPlainPath(path), true, path)
  for (const path of [
    '/', 'a', '/a/', '//a', '/a//b', '/./a', '/../a', '/a/..', '/.', '/:id', '/*', '/a b', '/a?b', '/a#b', '/%61', '/ä', '/a\n', '/a\\b', undefined, 1, ['/a']
  ]) t.equal(isPlainPath(path), false, JSON.stringify(path))
})
