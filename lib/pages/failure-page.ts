import { html } from './html.ts'
import { layout, type Page } from './layout.ts'

/** What a failure page tells. */
export interface Failure {
  /** What happened and what to do, in words of ours. */
  readonly message: string
  readonly code: string
  /** What the provider wrote about it. Shown as text. */
  readonly detail?: string | undefined
  readonly loginUrl: string
  readonly homeUrl: string
}

export function failurePage ({ message, code, detail, loginUrl, homeUrl }: Failure): Page {
  return layout('Sign-in did not work', html`<p>${message}</p>
${detail === undefined ? html`` : html`<p class="soft">The provider says: ${detail}</p>`}
<p class="soft">Code: ${code}</p>
<div class="actions"><a class="button" href="${loginUrl}">Sign in again</a> <a class="button quiet" href="${homeUrl}">Go to the start page</a></div>`)
}
