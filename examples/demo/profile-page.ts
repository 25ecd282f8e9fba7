import type { FastifyRequest } from 'fastify'
import type { AuthUser } from 'fastify-login'
import { html, type Html } from '../html.ts'
import type { Page } from '../site.ts'
import { bar, logoutForm, nameOf } from './bar.ts'

function initials (name: string): string {
  return name.split(/\s+/).map(word => word.slice(0, 1)).join('').slice(0, 2)
}

function row (term: string | Html, value: string): Html {
  return html`<div><dt>${term}</dt><dd>${value}</dd></div>`
}

function claimRow ([claim, value]: [string, unknown]): Html {
  return row(html`<code>${claim}</code>`, typeof value === 'string' ? value : JSON.stringify(value))
}

function details (user: AuthUser): Html {
  const name = nameOf(user)
  const signedInAt = new Date(Number(user.authenticatedAt) * 1000)
  return html`<div class="who"><div class="avatar" aria-hidden="true">${initials(name)}</div>
<div><p class="eyebrow">Your page</p><h1>${name}</h1></div></div>
<div class="cards pair profile">
<section class="card"><h2>Claims</h2>
<p class="soft">What the provider says about you, from an ID token that was verified.</p>
<dl>${Object.entries(user.claims).map(claimRow)}</dl></section>
<section class="card"><h2>Session</h2>
<p class="soft">What the application knows about this login.</p>
<dl class="stacked">
${row('Id', user.id)}
${row('Issuer', String(user.identity?.issuer))}
<div><dt>Signed in</dt><dd><time datetime="${signedInAt.toISOString()}">${signedInAt.toUTCString()}</time></dd></div>
${row('Granted scopes', user.scopes.join(' '))}
</dl>
<p><a href="/auth/sessions">Where you are signed in</a></p>
${logoutForm('quiet')}</section>
</div>`
}

/** `/me`: behind a guard, so there is a person. */
export function profilePage (request: FastifyRequest): Page {
  const { currentUser } = request
  return {
    title: 'Your page',
    bar: bar(request),
    main: currentUser.isAuthenticated ? details(currentUser) : html``
  }
}
