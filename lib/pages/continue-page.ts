import { html } from './html.ts'
import { layout, type Page } from './layout.ts'

/** Goes on from this site itself, because a SameSite=Strict cookie does not travel with a redirect from another one. */
export function continuePage (url: string): Page {
  return layout('You are signed in', html`<p>You will be taken on in a moment.</p>
<div class="actions"><a class="button" href="${url}">Continue</a></div>`, html`<meta http-equiv="refresh" content="0; url=${url}">`)
}
