import t from 'tap'
import { type Interaction } from '../../lib/dev-provider/oidc-provider.ts'
import { defaultPeople } from '../../lib/dev-provider/people.ts'
import { signInPage } from '../../lib/dev-provider/sign-in-page.ts'
import { readForms } from './_browser.ts'

function interaction (params: Record<string, unknown> = {}): Interaction {
  return { uid: 'u1', prompt: { name: 'login', details: {} }, params: { client_id: 'shop', ...params } }
}

t.test('everybody has a button in a form of their own, and there is a way out', async t => {
  const { content: { markup } } = signInPage(interaction(), defaultPeople)
  t.strictSame(readForms(markup).map(form => form.action), [
    '/interaction/u1/login', '/interaction/u1/login', '/interaction/u1/login', '/interaction/u1/cancel'
  ])
  t.match(markup, '<form method="post" action="/interaction/u1/login"><button name="person" value="alice">')
  t.notMatch(markup, /autofocus/)
})

t.test('a hint puts the focus on the person whom it means', async t => {
  const { content: { markup } } = signInPage(interaction({ login_hint: 'bob@example.com' }), defaultPeople)
  t.strictSame([...markup.matchAll(/value="(\w+)" autofocus/g)].map(([, person]) => person), ['bob'])
})

t.test('somebody without a name and an e-mail is shown by the subject', async t => {
  const { content: { markup } } = signInPage(interaction(), [{ sub: 'x-1' }])
  t.match(markup, '<strong>x-1</strong> <small>x-1</small>')
})

t.test('what comes from people and from the request is escaped', async t => {
  const { content: { markup } } = signInPage(interaction({ client_id: '<i>' }), [{ sub: '"><b>', name: '<script>', email: "'&" }])
  t.notMatch(markup, /<i>|<b>|<script>|'&"/)
  t.match(markup, 'value="&#34;&#62;&#60;b&#62;"')
})
