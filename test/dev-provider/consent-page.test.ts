import t from 'tap'
import { consentPage } from '../../lib/dev-provider/consent-page.ts'
import { type PromptDetails } from '../../lib/dev-provider/oidc-provider.ts'
import { readForms } from './_browser.ts'

function render (details: PromptDetails, clientId = 'shop'): string {
  return consentPage({ uid: 'u1', prompt: { name: 'consent', details }, params: { client_id: clientId } }).content.markup
}

t.test('every scope that is missing is named, and there are a yes and a no', async t => {
  const markup = render({ missingOIDCScope: ['mail.read'], missingResourceScopes: { 'https://api.example': ['files.read'] } })
  t.strictSame([...markup.matchAll(/<strong>(.*?)<\/strong>/g)].map(([, scope]) => scope), ['mail.read', 'files.read'])
  t.strictSame(readForms(markup).map(form => form.action), ['/interaction/u1/consent', '/interaction/u1/cancel'])
})

t.test('what comes from the request is escaped', async t => {
  t.notMatch(render({ missingOIDCScope: ['<b>'] }, '<i>'), /<i>|<b>/)
})
