import { html } from './html.ts'
import { layout, type Page } from './layout.ts'

/** The public place where a logout ends. */
export function loggedOutPage (loginUrl: string, homeUrl: string): Page {
  return layout('You are signed out', html`<p>Your session on this site has ended.</p>
<div class="actions"><a class="button" href="${loginUrl}">Sign in again</a> <a class="button quiet" href="${homeUrl}">Go to the start page</a></div>`)
}
