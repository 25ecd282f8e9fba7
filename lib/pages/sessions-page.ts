import { html, joined, type Markup } from './html.ts'
import { layout, type Page } from './layout.ts'

/** A session in the list. Times are seconds since 1970. */
export interface SessionRow {
  readonly handle: string
  readonly device: string
  readonly provider: string | undefined
  readonly authenticatedAt: number
  readonly usedAt: number
  /** The browser that sees the page has this one. */
  readonly isCurrent: boolean
}

const times = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

function time (seconds: number): Markup {
  const date = new Date(seconds * 1000)
  return html`<time datetime="${date.toISOString()}">${times.format(date)} UTC</time>`
}

function row ({ handle, device, provider, authenticatedAt, usedAt, isCurrent }: SessionRow): Markup {
  const through = provider === undefined ? html`` : html` through ${provider}`
  // Who was signed in without a question has not proved anything.
  const since = authenticatedAt === 0 ? html`Signed in without a question` : html`Signed in ${time(authenticatedAt)}`
  const end = isCurrent
    ? html`<span class="badge">This device</span>`
    : html`<form method="post"><button class="button quiet" name="end" value="${handle}" aria-label="Sign out ${device}">Sign out</button></form>`
  return html`<li><div><strong>${device}</strong>
<p class="soft">${since}${through}.<br>Last used ${time(usedAt)}.</p></div>
${end}</li>
`
}

/** A person's own sessions, to look at and to end. */
export function sessionsPage (rows: readonly SessionRow[]): Page {
  const list = rows.length === 0
    ? html`<p>No sessions are listed. Those that began before the site was started again are not known.</p>`
    : html`<ul class="sessions">
${joined(rows.map(row))}</ul>`
  return layout('Where you are signed in', html`${list}
<form method="post" class="actions"><button class="button" name="end" value="others">Sign out everywhere else</button></form>`)
}
