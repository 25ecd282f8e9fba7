import { test } from 'tap'
import { consentPage, type ConsentQuestion } from '../../lib/pages/consent-page.ts'

const question: ConsentQuestion = {
  label: 'Reports', site: 'tool.example.com', scopes: ['reports.read'], isOffline: true, url: 'https://a.example/auth/authorize', request: 'sealed', choices: []
}

test('a person reads who asks, for what, and can say no', async t => {
  const { body, headers } = consentPage(question)
  t.match(body, '<strong>Reports</strong> (tool.example.com)')
  t.match(body, '<li>reports.read</li>\n<li>go on while you are away</li>')
  t.match(body, '<form method="post" action="https://a.example/auth/authorize"')
  t.match(body, 'value="continue"')
  t.match(body, 'value="cancel"')
  t.match(headers['content-security-policy'], /frame-ancestors 'none'/)
  t.match(consentPage({ ...question, site: undefined }).body, '(a program on this computer)')
  t.notMatch(consentPage({ ...question, scopes: [], isOffline: false }).body, '<ul>')
})

test('where there are several providers, a button for each takes the place of the one', async t => {
  const { body } = consentPage({ ...question, choices: [{ name: 'one', label: 'One' }, { name: 'two', label: 'Two' }] })
  t.match(body, '<button class="button" name="provider" value="one">Continue with One</button>')
  t.match(body, '<button class="button" name="provider" value="two">Continue with Two</button>')
  t.notMatch(body, 'value="continue"')
})

test('nothing that a program or an operator wrote becomes markup', async t => {
  const evil = '"><script>alert(1)</script>'
  const { body } = consentPage({
    label: evil,
    site: evil,
    scopes: [evil],
    isOffline: false,
    url: evil,
    request: evil,
    choices: [{ name: evil, label: evil }]
  })
  t.notMatch(body, '<script>')
})
