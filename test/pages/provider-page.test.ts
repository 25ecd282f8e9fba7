import { test } from 'tap'
import { providerPage } from '../../lib/pages/provider-page.ts'

test('each provider is a link, and what the application calls it is text', async t => {
  const { body } = providerPage([
    { label: 'Work <b>&</b> Co', url: 'https://app.example/auth/login?provider=work&x="' },
    { label: 'home', url: 'https://app.example/auth/login?provider=home' }
  ])
  t.match(body, 'Work &lt;b&gt;&amp;&lt;/b&gt; Co')
  t.match(body, 'provider=work&amp;x=&quot;"')
  t.equal(body.split('<li>').length, 3)
})
