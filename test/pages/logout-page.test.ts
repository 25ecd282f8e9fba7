import { test } from 'tap'
import { html } from '../../lib/pages/html.ts'
import { layout } from '../../lib/pages/layout.ts'
import { logoutPage } from '../../lib/pages/logout-page.ts'
import { harmless, hostile } from './_hostile.ts'

test('the page asks, and signs out by a form that a person sends', async t => {
  const { body, headers } = logoutPage('/auth/logout', '/')
  t.match(body, '<form method="post" action="/auth/logout"')
  t.match(body, '<button class="button">Sign out</button>')
  t.match(body, 'href="/">Stay signed in')
  t.same(headers, layout('x', html``).headers)
})

test('addresses stay inside their attributes', async t => {
  const { body } = logoutPage(hostile, hostile)
  t.notOk(body.includes(hostile))
  t.equal(body.split(`"${harmless}"`).length, 3)
})
