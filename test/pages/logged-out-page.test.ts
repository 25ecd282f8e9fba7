import { test } from 'tap'
import { html } from '../../lib/pages/html.ts'
import { layout } from '../../lib/pages/layout.ts'
import { loggedOutPage } from '../../lib/pages/logged-out-page.ts'
import { harmless, hostile } from './_hostile.ts'

test('the page says that the session is over, and how to come back', async t => {
  const { body, headers } = loggedOutPage('/auth/login', '/')
  for (const text of ['<h1>You are signed out</h1>', 'href="/auth/login"', 'href="/"']) t.ok(body.includes(text), text)
  t.same(headers, layout('x', html``).headers)
})

test('addresses stay inside their attributes', async t => {
  const { body } = loggedOutPage(hostile, hostile)
  t.notOk(body.includes(hostile))
  t.equal(body.split(`href="${harmless}"`).length, 3)
})
