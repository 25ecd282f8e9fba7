import { html } from './html.ts'
import { putPage, type Page } from './page.ts'
import { type PageContext } from './oidc-provider.ts'

/** What a person sees who comes with an old link, twice, or without cookies. */
export const staleSignInPage: Page = {
  title: 'This sign-in is over',
  content: html`<p role="alert">It was finished, it is older than an hour, or this browser did not send the cookie it began with.</p>
<p>Go back to the application and sign in again.</p>`
}

/** What a person sees who sent a name that nobody here has. */
export const unknownPersonPage: Page = {
  title: 'Nobody of that name',
  content: html`<p role="alert">This provider does not know the person who was chosen.</p>
<p>Go back and choose somebody from the list.</p>`
}

/** The page for an error that cannot be sent back to an application, as oidc-provider's `renderError`. */
export function renderError (context: PageContext, problem: Readonly<Record<string, string>>): void {
  const { error = '', error_description: description = '' } = problem
  putPage(context, {
    title: 'This request cannot be served',
    content: html`<p role="alert"><strong>${error}</strong> ${description}</p>
<p>Go back to the application and start again.</p>`
  })
}
