import { test } from 'tap'
import { html, Markup } from '../../lib/pages/html.ts'
import { harmless, hostile } from './_hostile.ts'

test('what is put into markup is text', async t => {
  t.equal(html`<p>${'a < b'}</p>`.text, '<p>a &lt; b</p>')
  t.equal(html`<a href="${'"'}">${"'"}</a>${'>'}${'&'}`.text, '<a href="&quot;">&#39;</a>&gt;&amp;')
})

test('nothing that is put in can open a tag or end an attribute', async t => {
  t.equal(html`<a title="${hostile}">${hostile}</a>`.text, `<a title="${harmless}">${harmless}</a>`)
})

test('markup that is put into markup stays markup', async t => {
  t.equal(html`<p>${html`<b>${'<'}</b>`}</p>`.text, '<p><b>&lt;</b></p>')
  t.equal(html`<p>${new Markup('<br>')}</p>`.text, '<p><br></p>')
})

test('what only looks like markup is text', async t => {
  t.equal(html`${{ text: '<b>', toString: () => '<b>', replace: String.prototype.replace } as unknown as string}`.text, '&lt;b&gt;')
})

test('backslashes and dollars are what they are', async t => {
  t.equal(html`${'\\n$&$1'}`.text, '\\n$&amp;$1')
})

test('markup without anything put in is itself', async t => {
  t.equal(html``.text, '')
  t.equal(html`<br>`.text, '<br>')
})
