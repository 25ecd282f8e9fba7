import type { FastifyRequest } from 'fastify'
import { html, type Html } from '../html.ts'
import type { Page } from '../site.ts'
import { bar } from './bar.ts'

/** What the API answered. */
export interface ApiAnswer {
  readonly status: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

const shown = ['www-authenticate', 'content-type', 'cache-control', 'vary']

function panel (title: string, { status, headers, body }: ApiAnswer): Html {
  const lines = shown.filter(name => name in headers).map(name => `${name}: ${String(headers[name])}`)
  return html`<section class="card"><h2>${title}</h2>
<p class="status mono">${status}</p>
<pre tabindex="0" role="region" aria-label="Headers of this answer">${lines.join('\n')}</pre>
<pre tabindex="0" role="region" aria-label="Body of this answer">${JSON.stringify(JSON.parse(body), null, 2)}</pre></section>`
}

function invitation (request: FastifyRequest): Html {
  return html`<section class="card"><h2>The answer for you</h2>
<p class="soft">Sign in, and the same request brings your id and claims.</p>
<p><a class="button" href="${request.loginUrl({ returnTo: '/api' })}">Sign in</a></p></section>`
}

/** `/api`: shows how the API answers a stranger, and the person who looks. */
export function apiPage (request: FastifyRequest, stranger: ApiAnswer, you: ApiAnswer | undefined): Page {
  return {
    title: 'The API',
    bar: bar(request),
    main: html`<p class="eyebrow">GET /api/me</p>
<h1>What a program gets.</h1>
<p class="lead">Nobody waits for a page, so nobody is sent to sign in. Try it yourself: <code>curl -i ${request.protocol}://${request.host}/api/me</code></p>
<div class="cards pair">
${panel('The answer for a stranger', stranger)}
${you === undefined ? invitation(request) : panel('The answer for you', you)}
</div>`
  }
}
