import { test } from 'tap'
import { isVisible, shownText } from '../../lib/client/shown-text.ts'

test('what a terminal would obey is shown as what it is', async t => {
  t.equal(shownText('\u001b]0;title\u0007\u001b[2J'), '\\u{1b}]0;title\\u{7}\\u{1b}[2J')
  t.equal(shownText('one\r\ntwo\u009b31m\u007f'), 'one\\u{d}\\u{a}two\\u{9b}31m\\u{7f}')
  t.equal(shownText('abc\u202ecba\u2066\u200b\u2028\ufeff'), 'abc\\u{202e}cba\\u{2066}\\u{200b}\\u{2028}\\u{feff}')
  t.equal(shownText('Grüße, 日本 👋'), 'Grüße, 日本 👋')
})

test('a long text is cut, and half a character of it is shown as such', async t => {
  t.equal(shownText('abcdef', 3), 'abc…')
  t.equal(shownText('ab👋', 3), 'ab\\u{d83d}…')
  t.equal(shownText('x'.repeat(1000)).length, 301)
})

test('only visible ASCII can be sent as it is', async t => {
  for (const text of ['abc', '!~', 'a.b-c_d']) t.equal(isVisible(text), true, text)
  for (const text of ['', ' ', 'a b', 'a\nb', 'ä', '\u001b', undefined, null, 1, ['a']]) t.equal(isVisible(text), false)
})
