import { createHash } from 'node:crypto'
import { type ServerResponse } from 'node:http'
import { html, type Html } from './html.ts'
import { type PageContext } from './oidc-provider.ts'
import { style } from './style.ts'

/** A page before it is sent. */
export interface Page {
  readonly title: string
  readonly content: Html
}

const styleHash = createHash('sha256').update(style).digest('base64')
const styleElement: Html = { markup: `<style>${style}</style>` }

const headers = Object.freeze({
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  // No form-action: browsers hold redirects after a form to it, and where an application leads on nobody knows here.
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff'
})

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
  response.writeHead(status, headers)
  response.end(renderPage(page))
}

/** Hands a page to oidc-provider, which decided on the status. */
export function putPage (context: PageContext, page: Page): void {
  context.set(headers)
  context.body = renderPage(page)
}
