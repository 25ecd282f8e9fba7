import t from 'tap'
import { html } from '../../lib/dev-provider/html.ts'

t.test('texts are escaped and markup is not escaped twice', async t => {
  const item = html`<li>${'<b>&"\'`'}</li>`
  t.equal(item.markup, '<li>&#60;b&#62;&#38;&#34;&#39;&#96;</li>')
  t.equal(html`<ul>${[item, item]}</ul>${item}`.markup, `<ul>${item.markup}${item.markup}</ul>${item.markup}`)
})

t.test('a backslash in a template stays one', async t => {
  t.equal(html`a\\b`.markup, 'a\\b')
})
