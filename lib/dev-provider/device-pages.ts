import { html, type Html } from './html.ts'
import { type Client, type PageContext } from './oidc-provider.ts'
import { putPage } from './page.ts'

function problemOf (error: (Error & { userCode?: string }) | undefined): readonly Html[] {
  if (error === undefined) return []
  if (error.name === 'AbortedError') return [html`<p role="alert">The sign-in was cancelled.</p>`]
  return [html`<p role="alert">This code is wrong, too old, or was used before.</p>`]
}

/** Asks for the code that a device shows (RFC 8628, section 3.3), as `features.deviceFlow.userCodeInputSource`. */
export function renderUserCodeInput (
  context: PageContext, _form: string, _problem: unknown, error?: Error & { userCode?: string }
): void {
  const { oidc } = context
  putPage(context, {
    title: 'Connect a device',
    content: html`${problemOf(error)}
<form method="post" action="${oidc.urlFor('code_verification')}">
<input type="hidden" name="xsrf" value="${oidc.session.state.secret}">
<label for="user_code">Code on the device</label>
<input id="user_code" name="user_code" value="${error?.userCode ?? ''}" autocomplete="off" autofocus required>
<button class="main">Continue</button>
</form>`
  })
}

/** Shows the code again before the device is let in, as `features.deviceFlow.userCodeConfirmSource`. */
export function renderUserCodeConfirm (
  context: PageContext, _form: string, client: Client, _deviceInfo: unknown, userCode: string
): void {
  const { oidc } = context
  putPage(context, {
    title: 'Is this your device?',
    content: html`<p>${client.clientId} shows this code:</p>
<p><code>${userCode}</code></p>
<form method="post" action="${oidc.urlFor('code_verification')}">
<input type="hidden" name="xsrf" value="${oidc.session.state.secret}">
<input type="hidden" name="user_code" value="${userCode}">
<input type="hidden" name="confirm" value="yes">
<p><button class="main" autofocus>Yes, continue</button></p>
<button class="quiet" name="abort" value="yes">No, cancel</button>
</form>`
  })
}

/** The end of a device's sign-in, as `features.deviceFlow.successSource`. */
export function renderDeviceConnected (context: PageContext): void {
  putPage(context, { title: 'Device connected', content: html`<p>Go on at the device. You may close this page.</p>` })
}
