import type { FastifyInstance, FastifyReply } from 'fastify'
import { html, Html } from './html.ts'
import { icon, mark, style } from './style.ts'

/** A page of an example, without what all pages share. */
export interface Page {
  readonly title: string
  /** What stands beside the name of the site. */
  readonly bar: Html
  readonly main: Html
  /** Seconds after which the browser asks for the page again. */
  readonly reloadAfter?: number
}

function render (site: string, { title, bar, main, reloadAfter }: Page): string {
  const reload = reloadAfter === undefined ? [] : [html`<meta http-equiv="refresh" content="${reloadAfter}">\n`]
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${reload}<title>${title} · ${site}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="bar"><div class="wide">
<a class="brand" href="/">${new Html(mark)} ${site}</a>
${bar}
</div></header>
<main id="content" class="wide" tabindex="-1">
${main}
</main>
<footer class="foot"><p class="wide">An example of fastify-login. It listens on this machine only.</p></footer>
</body>
</html>
`.markup
}

/** Sends a page as the whole answer. */
export type SendPage = (reply: FastifyReply, page: Page) => FastifyReply

/**
 * Adds the style sheet, the icon and strict security headers to an application, and gives the function that sends its
 * pages.
 *
 * @param formTargets origins where a form of this site ends after its redirects: browsers hold those to `form-action`
 */
export function addSite (app: FastifyInstance, name: string, formTargets: readonly string[] = []): SendPage {
  const headers = {
    'content-security-policy': "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; " +
      `frame-ancestors 'none'; form-action ${["'self'", ...formTargets].join(' ')}`,
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff'
  }
  app.addHook('onRequest', async function addSecurityHeaders (_request, reply) { reply.headers(headers) })
  app.get('/style.css', { config: { auth: false } }, async (_request, reply) => reply.type('text/css').send(style))
  app.get('/icon.svg', { config: { auth: false } }, async (_request, reply) => reply.type('image/svg+xml').send(icon))
  return (reply, page) => reply.type('text/html; charset=utf-8').send(render(name, page))
}
