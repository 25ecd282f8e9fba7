import { createHash } from 'node:crypto'
import { test } from 'tap'
import { html } from '../../lib/pages/html.ts'
import { layout } from '../../lib/pages/layout.ts'
import { harmless, hostile } from './_hostile.ts'

const { body, headers } = layout('Title', html`<p>main</p>`)

test('a page is a whole document with a title', async t => {
  t.match(body, /^<!doctype html>\n<html lang="en">/)
  t.match(body, '<title>Title</title>')
  t.match(body, '<h1>Title</h1>\n<p>main</p>')
  t.match(body, '<meta name="robots" content="noindex">')
})

test('a page is kept nowhere', async t => {
  t.equal(headers['cache-control'], 'private, no-store')
})

test('a page is html, and is not taken for anything else', async t => {
  t.equal(headers['content-type'], 'text/html; charset=utf-8')
  t.equal(headers['x-content-type-options'], 'nosniff')
})

test('a page runs no script, loads nothing and is framed by nobody', async t => {
  const policy = Object.fromEntries(String(headers['content-security-policy']).split('; ').map(part => [part.split(' ')[0], part.split(' ').slice(1)]))
  t.same(policy['default-src'], ["'none'"])
  t.same(policy['base-uri'], ["'none'"])
  t.same(policy['frame-ancestors'], ["'none'"])
  t.equal(policy['script-src'], undefined)
  t.equal(headers['x-frame-options'], 'DENY')
})

test('the only style that a page may have is the one it has', async t => {
  const style = /<style>([^]*)<\/style>/.exec(body)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  t.match(headers['content-security-policy'], `style-src 'sha256-${hash}'`)
  t.notMatch(style, /[<>&"']{2}|url\(|@import/)
  t.notMatch(body.replace(style, ''), / style=/)
})

test('a page tells other sites nothing of its address', async t => {
  t.equal(headers['referrer-policy'], 'same-origin')
})

test('the headers of pages cannot be changed', async t => {
  t.ok(Object.isFrozen(headers))
})

test('a title is text', async t => {
  const page = layout(hostile, html``)
  t.match(page.body, `<title>${harmless}</title>`)
  t.match(page.body, `<h1>${harmless}</h1>`)
  t.notOk(page.body.includes(hostile))
})

test('a page may have more in its head', async t => {
  t.match(layout('Title', html``, html`<meta name="x">`).body, /<head>[^]*<meta name="x">[^]*<\/head>/)
})
