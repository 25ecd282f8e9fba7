import type { FastifyRequest } from 'fastify'
import { html } from '../html.ts'
import type { Page } from '../site.ts'
import { bar } from './bar.ts'

/** What a person sees whose request cannot be served. */
export function errorPage (request: FastifyRequest, status: number, message: string): Page {
  return {
    title: 'This did not work',
    bar: bar(request),
    main: html`<p class="eyebrow">Status ${status}</p>
<h1>This did not work.</h1>
<p class="lead">${message}</p>
<p class="lead">You asked for <code>${request.url}</code></p>
<div class="actions"><a class="button" href="/">Go to the start page</a></div>`
  }
}
