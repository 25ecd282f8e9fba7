import { html } from './html.ts'
import { layout, type Page } from './layout.ts'

/** Asks before a logout that may not be the person's own wish. */
export function logoutPage (logoutUrl: string, homeUrl: string): Page {
  return layout('Sign out?', html`<p>Do you want to sign out of this site?</p>
<form method="post" action="${logoutUrl}" class="actions"><button class="button">Sign out</button> <a class="button quiet" href="${homeUrl}">Stay signed in</a></form>`)
}
