import { missingScopes } from './consent.ts'
import { html } from './html.ts'
import { type Interaction } from './oidc-provider.ts'
import { type Page } from './page.ts'

/** The page where a person gives an application the scopes that it has not had before. */
export function consentPage (interaction: Interaction): Page {
  const { uid, params } = interaction
  return {
    title: 'Allow this?',
    content: html`<p>${String(params['client_id'])} asks for:</p>
<ul>
${missingScopes(interaction).map(scope => html`<li><strong>${scope}</strong></li>
`)}</ul>
<form method="post" action="/interaction/${uid}/consent"><button class="main" autofocus>Allow</button></form>
<form method="post" action="/interaction/${uid}/cancel"><button class="quiet">Cancel</button></form>`
  }
}
