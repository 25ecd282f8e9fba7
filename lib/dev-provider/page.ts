import { createHash } from 'node:crypto'
import { type ServerResponse } from 'node:http'
import { html, type Html } from './html.ts'
import { type PageContext } from './oidc-provider.ts'
import { style } from './style.ts'

/** A page before it is sent. */
export interface Page {
  readonly title: string
  readonly content: Html
  /** An address outside this machine where a form of this page ends after its redirects. */
  readonly leadsTo?: unknown
}

const styleHash = createHash('sha256').update(style).digest('base64')
const styleElement: Html = { markup: `<style>${style}</style>` }

/** Browsers hold a form's redirects to `form-action` too: the way back to the application has to be open. */
function formTargets (leadsTo: unknown): string {
  const targets = ["'self'", 'http://localhost:*', 'http://127.0.0.1:*']
  if (typeof leadsTo === 'string' && URL.canParse(leadsTo)) {
    const { origin, protocol } = new URL(leadsTo)
    targets.push(origin === 'null' ? protocol : origin)
  }
  return targets.join(' ')
}

function pageHeaders (leadsTo: unknown): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; ` +
      `frame-ancestors 'none'; form-action ${formTargets(leadsTo)}`,
    'x-content-type-options': 'nosniff'
  }
}

function renderPage ({ title, content }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${styleElement}
</head>
<body>
<main>
<h1>${title}</h1>
${content}
<footer><p>Development provider. It asks for no password: use it on this machine only.</p></footer>
</main>
</body>
</html>
`.markup
}

/** Sends a page as the whole answer. */
export function sendPage (response: ServerResponse, status: number, page: Page): void {
  response.writeHead(status, pageHeaders(page.leadsTo))
  response.end(renderPage(page))
}

/** Hands a page to oidc-provider, which decided on the status. */
export function putPage (context: PageContext, page: Page): void {
  context.set(pageHeaders(page.leadsTo))
  context.body = renderPage(page)
}
