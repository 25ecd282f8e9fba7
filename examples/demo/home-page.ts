import type { FastifyRequest } from 'fastify'
import type { CurrentUser } from 'fastify-login'
import { inspect } from 'node:util'
import { html, type Html } from '../html.ts'
import type { Page } from '../site.ts'
import { bar, logoutForm, nameOf } from './bar.ts'

function greeting (request: FastifyRequest): Html {
  const { currentUser } = request
  if (currentUser.isAuthenticated) {
    return html`<p class="eyebrow">You are signed in</p>
<h1>Hello, ${nameOf(currentUser)}.</h1>
<p class="lead">Your session is sealed in a cookie of this browser. It ends when you sign out, after a day without a visit, or after a week.</p>
<div class="actions"><a class="button" href="/me">Open your page</a> ${logoutForm('quiet')}</div>`
  }
  return html`<p class="eyebrow">You are a stranger here</p>
<h1>This page is for everybody.</h1>
<p class="lead">Behind it are pages that ask who you are. The OpenID Provider that answers runs on this machine, beside the application: choose a person with one click, without a password.</p>
<div class="actions"><a class="button" href="${request.loginUrl()}">Sign in</a> <a class="button quiet" href="/me">Try a protected page</a></div>`
}

/** A few members of the user as the application has it. */
function portrait (user: CurrentUser): string {
  if (!user.isAuthenticated) return 'AnonymousUser {\n  isAuthenticated: false\n}'
  const { id, isAuthenticated, isFresh, scopes } = user
  return `AuthUser ${inspect({ id, isAuthenticated, isFresh, scopes }, { breakLength: 40 })}`
}

/** `/`: the public page. */
export function homePage (request: FastifyRequest): Page {
  return {
    title: 'Home',
    bar: bar(request),
    main: html`<div class="hero">
<div>${greeting(request)}</div>
<section class="card" aria-labelledby="user"><h2 id="user"><code>request.currentUser</code></h2>
<pre tabindex="0" role="region" aria-labelledby="user">${portrait(request.currentUser)}</pre></section>
</div>
<div class="cards">
<section class="card"><h2>A protected page</h2>
<p class="soft">It shows the name and the claims that the provider vouched for. A stranger is asked to sign in first, and comes back to it.</p>
<p class="go"><a href="/me">Open your page</a></p></section>
<section class="card"><h2>A deep link</h2>
<p class="soft">Open <code>/reports/2026?month=11</code> as a stranger: once signed in you are at the same address, query and all.</p>
<p class="go"><a href="/reports/2026?month=11">Open the report</a></p></section>
<section class="card"><h2>Data from an API</h2>
<p class="soft">An access token that lives some seconds brings it. Watch how it is refreshed; the first time you are asked whether the application may read your mail.</p>
<p class="go"><a href="/mail">Open your mail</a></p></section>
<section class="card"><h2>An API</h2>
<p class="soft">A program is not sent anywhere. The same guard answers it with status 401, a challenge and JSON.</p>
<p class="go"><a href="/api">Show its answer</a></p></section>
<section class="card"><h2>Tokens for programs</h2>
<p class="soft">A command line signs you in here and gets a token that the application signs with a key of its own.</p>
<p class="go"><a href="/programs">Get one in a terminal</a></p></section>
</div>`
  }
}
