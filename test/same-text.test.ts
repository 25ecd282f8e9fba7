import { test } from 'tap'
import { isSameText } from '../lib/same-text.ts'

test('texts are the same or not, whatever their lengths', async t => {
  t.ok(isSameText('', ''))
  t.ok(isSameText('ä', 'ä'))
  t.notOk(isSameText('a', 'A'))
  t.notOk(isSameText('a', 'ab'))
})
