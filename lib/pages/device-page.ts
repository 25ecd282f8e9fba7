import { html } from './html.ts'
import { layout, type Page } from './layout.ts'
import { qrCode } from './qr-code.ts'

/** A sign-in that goes on at another device. */
export interface DeviceSignIn {
  readonly userCode: string
  readonly verificationUri: string
  /** The same with the code in it, where the provider has one. */
  readonly verificationUriComplete: string | undefined
  /** The page itself, whose form cancels. */
  readonly pageUrl: string
  /** The sealed state of the sign-in. */
  readonly state: string
  /** Seconds until asking again can help. */
  readonly wait: number
  /** Seconds until the code ends. */
  readonly life: number
}

/**
 * Asks the site whether the sign-in is done, as often as the site says, and at once when the person comes back to the
 * tab. Whatever there is to see then is a page. Without scripts the page loads itself again.
 */
const script = `
const form = document.forms[0]
const body = new URLSearchParams({ state: form.elements.state.value, action: 'poll' })
let wait = Number(form.dataset.wait)
let timer = setTimeout(ask, wait * 1000)
async function ask () {
  clearTimeout(timer)
  timer = undefined
  try {
    const answer = await fetch(form.action, { method: 'POST', body, headers: { 'x-requested-with': 'XMLHttpRequest' } })
    if (answer.status === 429 || answer.status >= 500) throw new Error(answer.statusText)
    const told = answer.ok ? await answer.json() : {}
    if (told.wait === undefined) return location.replace(location.pathname + location.search)
    wait = told.wait
  } catch {
    wait = Math.min(wait * 2, 60)
  }
  timer = setTimeout(ask, wait * 1000)
}
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && timer !== undefined) ask()
})
`

/** Shows the code of a sign-in by device code (RFC 8628, section 3.3) and waits until it is done. */
export function devicePage (signIn: DeviceSignIn): Page {
  const { userCode, verificationUri, verificationUriComplete = verificationUri, pageUrl, state, wait, life } = signIn
  const again = `${pageUrl}?state=${state}`
  const minutes = Math.max(1, Math.ceil(life / 60))
  return layout('Sign in with a code', html`<p>Open <a href="${verificationUri}" target="_blank" rel="noopener noreferrer">${verificationUri}</a> on your phone or any other device, and enter this code:</p>
<p class="code">${userCode}</p>
${qrCode(verificationUriComplete, 'QR code of the address')}
<p class="soft">The code is good for ${minutes === 1 ? 'one minute' : `${String(minutes)} minutes`}. Tell it to nobody. When you have agreed there, this page goes on by itself.</p>
<form method="post" action="${pageUrl}" class="actions" data-wait="${String(wait)}"><input type="hidden" name="state" value="${state}"><a class="button" href="${again}">I have done it</a> <button class="button quiet" name="action" value="cancel">Cancel</button></form>`,
  html`<noscript><meta http-equiv="refresh" content="${String(wait)}; url=${again}"></noscript>`, script)
}

/** Another tab has finished the sign-in, and its session is on its way to this browser. */
export function nearlyPage (url: string): Page {
  return layout('One moment', html`<p>You are being signed in.</p>
<div class="actions"><a class="button" href="${url}">Continue</a></div>`, html`<meta http-equiv="refresh" content="2; url=${url}">`)
}
