import type { FastifyRequest } from 'fastify'
import type { AuthUser } from 'fastify-login'
import { html, type Html } from '../html.ts'

const places = [
  ['/', 'Home'], ['/me', 'Your page'], ['/reports/2026?month=11', 'A report'], ['/mail', 'Mail'], ['/api', 'The API'],
  ['/programs', 'Programs']
] as const

/** What to call a person. */
export function nameOf ({ claims, id }: AuthUser): string {
  return typeof claims.name === 'string' ? claims.name : id
}

/** The way out: a form, because what ends a session is a POST. */
export function logoutForm (look: string): Html {
  return html`<form method="post" action="/auth/logout"><button class="button ${look}">Sign out</button></form>`
}

/** The links of the site, and who is here. */
export function bar (request: FastifyRequest): Html {
  const { currentUser } = request
  const here = request.url.split('?')[0]
  const links = places.map(([path, text]) => path.split('?')[0] === here
    ? html`<li><a href="${path}" aria-current="page">${text}</a></li>`
    : html`<li><a href="${path}">${text}</a></li>`)
  const person = currentUser.isAuthenticated
    ? html`<span>${nameOf(currentUser)}</span> ${logoutForm('quiet small')}`
    : html`<a class="button small" href="${request.loginUrl()}">Sign in</a>`
  return html`<nav aria-label="Pages"><ul>${links}</ul></nav>
<div class="person">${person}</div>`
}
