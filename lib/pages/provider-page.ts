import { html, joined } from './html.ts'
import { layout, type Page } from './layout.ts'

/** A provider to choose. */
export interface ProviderChoice {
  readonly label: string
  /** The address that starts a sign-in with it. */
  readonly url: string
}

/** Where a person chooses whom to sign in with. */
export function providerPage (choices: readonly ProviderChoice[]): Page {
  return layout('Sign in', html`<p>Choose how you want to sign in.</p>
<ul class="choices">
${joined(choices.map(({ label, url }) => html`<li><a class="button" href="${url}">${label}</a></li>
`))}</ul>`)
}
