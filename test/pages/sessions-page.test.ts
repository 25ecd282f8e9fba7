import { test } from 'tap'
import { sessionsPage } from '../../lib/pages/sessions-page.ts'
import { harmless, hostile } from './_hostile.ts'

const row = {
  handle: 'h', device: 'Firefox on Linux', provider: undefined, authenticatedAt: 1_800_000_000, usedAt: 1_800_000_060, isCurrent: false
}

test('a session can be known by its device, its times and its provider', async t => {
  const { body } = sessionsPage([{ ...row, provider: 'entra' }])
  t.match(body, '<strong>Firefox on Linux</strong>')
  t.match(body, 'Signed in <time datetime="2027-01-15T08:00:00.000Z">15 Jan 2027, 08:00 UTC</time> through entra.')
  t.match(body, 'Last used <time datetime="2027-01-15T08:01:00.000Z">15 Jan 2027, 08:01 UTC</time>.')
  t.notMatch(sessionsPage([row]).body, 'through')
})

test('a session of whom nobody asked anything says so', async t => {
  const { body } = sessionsPage([{ ...row, authenticatedAt: 0 }])
  t.match(body, 'Signed in without a question.')
  t.notMatch(body, '1970')
})

test('each session but this one has a button of its own, and one button ends all others', async t => {
  const { body } = sessionsPage([{ ...row, handle: 'here', isCurrent: true }, { ...row, handle: 'there' }])
  t.match(body, 'name="end" value="there"')
  t.notMatch(body, 'value="here"')
  t.match(body, 'This device')
  t.match(body, 'name="end" value="others"')
  t.equal(body.match(/<form method="post"/g)?.length, 2)
})

test('where no session is known the page says why', async t => {
  t.match(sessionsPage([]).body, 'No sessions are listed.')
  t.notMatch(sessionsPage([row]).body, 'No sessions are listed.')
})

test('what a page is given stays text', async t => {
  const { body } = sessionsPage([{ ...row, device: hostile, handle: hostile, provider: hostile }])
  t.notOk(body.includes(hostile))
  t.equal(body.split(harmless).length, 5)
})
