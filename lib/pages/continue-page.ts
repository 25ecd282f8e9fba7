import { html } from './html.ts'
import { layout, type Page } from './layout.ts'

/** Goes on from this site itself, because a SameSite=Strict cookie does not travel with a redirect from another one. */
export function continuePage (url: string): Page {
  return layout('One moment', html`<p>You will be taken on.</p>
<div class="actions"><a class="button" href="${url}">Continue</a></div>`, html`<meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url=${url}">`)
}
