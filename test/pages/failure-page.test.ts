import { test } from 'tap'
import { type Failure, failurePage } from '../../lib/pages/failure-page.ts'
import { html } from '../../lib/pages/html.ts'
import { layout } from '../../lib/pages/layout.ts'
import { harmless, hostile, tagsOf } from './_hostile.ts'

const failure: Failure = {
  message: 'It did not work.', code: 'FST_LOGIN_FAILED', loginUrl: '/auth/login', homeUrl: '/'
}

const names = (body: string): readonly (string | undefined)[] => tagsOf(body).map(tag => tag.split(/[\s>]/)[0])

test('the page says what happened, under which code, and what to do', async t => {
  const { body, headers } = failurePage(failure)
  for (const text of ['It did not work.', 'Code: FST_LOGIN_FAILED', 'href="/auth/login">Sign in again</a>', 'href="/">']) {
    t.ok(body.includes(text), text)
  }
  t.same(headers, layout('x', html``).headers)
})

test('what the provider wrote is told as its words, where it wrote something', async t => {
  t.match(failurePage({ ...failure, detail: 'No consent' }).body, 'The provider says: No consent')
  t.notMatch(failurePage(failure).body, 'The provider says')
  t.notMatch(failurePage({ ...failure, detail: undefined }).body, 'The provider says')
})

test('nothing that anybody wrote leaves its place', async t => {
  const { body } = failurePage({
    message: hostile, code: hostile, detail: hostile, loginUrl: hostile, homeUrl: hostile
  })
  const plain = failurePage({ ...failure, detail: 'x' }).body
  t.notOk(body.includes(hostile))
  t.equal(body.split(harmless).length, 6)
  t.same(names(body), names(plain))
})
