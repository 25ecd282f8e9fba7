import { test } from 'tap'
import { copyText } from '../lib/copy-text.ts'

test('a copied text is the same text', async t => {
  for (const text of ['', ' ', 'ÿ', 'Ā', '€ 1', '😀', '\ud800', '\u0000', 'x'.repeat(1_100_000), '€'.repeat(600_000)]) {
    t.equal(copyText(text), text)
  }
})
