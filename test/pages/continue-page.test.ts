import { test } from 'tap'
import { continuePage } from '../../lib/pages/continue-page.ts'
import { layout } from '../../lib/pages/layout.ts'
import { html } from '../../lib/pages/html.ts'
import { hostile, tagsOf } from './_hostile.ts'

test('the page goes on by itself, and by a link where it does not', async t => {
  const { body, headers } = continuePage('https://app.example/a?b=c&d=e')
  t.match(body, '<meta http-equiv="refresh" content="0; url=https://app.example/a?b=c&amp;d=e">')
  t.match(body, 'href="https://app.example/a?b=c&amp;d=e"')
  t.same(headers, layout('x', html``).headers)
})

test('an address stays inside its attribute', async t => {
  t.same(tagsOf(continuePage(hostile).body).map(tag => tag.split(/[\s>]/)[0]), tagsOf(continuePage('/').body).map(tag => tag.split(/[\s>]/)[0]))
})
