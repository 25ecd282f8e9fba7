import { html, joined, type Markup } from './html.ts'
import { layout, type Page } from './layout.ts'

/** What a person is asked before a program may act for them. */
export interface ConsentQuestion {
  readonly label: string
  /** Host of its page; undefined for a program on the person's own machine. */
  readonly site: string | undefined
  readonly scopes: readonly string[]
  /** Whether it may go on while the person is away. */
  readonly isOffline: boolean
  /** Where the answer goes. */
  readonly url: string
  /** What is asked, sealed. */
  readonly request: string
  /** The providers to choose from; none where there is no choice. */
  readonly choices: ReadonlyArray<{ readonly name: string, readonly label: string }>
}

function buttons (choices: ConsentQuestion['choices']): Markup {
  if (choices.length === 0) return html`<button class="button" name="action" value="continue">Continue</button>`
  return joined(choices.map(({ name, label }) =>
    html`<button class="button" name="provider" value="${name}">Continue with ${label}</button> `))
}

/** Asks whether a program may act for somebody, who signs in afterwards. */
export function consentPage (
  { label, site, scopes, isOffline, url, request, choices }: ConsentQuestion
): Page {
  const wishes = [...scopes, ...isOffline ? ['go on while you are away'] : []]
  const list = wishes.length === 0
    ? html``
    : html`<p>It asks for:</p>
<ul>
${joined(wishes.map(wish => html`<li>${wish}</li>
`))}</ul>`
  return layout('Let a program act for you?', html`<p><strong>${label}</strong> (${site ?? 'a program on this computer'}) wants to act for you on this site. Go on only if you have just begun this yourself.</p>
${list}
<form method="post" action="${url}" class="actions"><input type="hidden" name="request" value="${request}">${buttons(choices)} <button class="button quiet" name="action" value="cancel">Cancel</button></form>`)
}
