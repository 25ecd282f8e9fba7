import { html } from './html.ts'
import { type PageContext } from './oidc-provider.ts'
import { putPage } from './page.ts'

/** Asks before it ends the session at the provider, as `features.rpInitiatedLogout.logoutSource`. */
export function renderLogout (context: PageContext): void {
  const { oidc } = context
  putPage(context, {
    title: 'Sign out',
    content: html`<p>Do you want to sign out here too? Every application will then ask who you are.</p>
<form method="post" action="${oidc.urlFor('end_session_confirm')}">
<input type="hidden" name="xsrf" value="${oidc.session.state.secret}">
<p><button class="main" name="logout" value="yes" autofocus>Sign out</button></p>
<button class="quiet">Stay signed in</button>
</form>`
  })
}

/** The end of a logout that named no address to go to, as `features.rpInitiatedLogout.postLogoutSuccessSource`. */
export function renderLoggedOut (context: PageContext): void {
  putPage(context, { title: 'Signed out', content: html`<p>You may close this page.</p>` })
}
