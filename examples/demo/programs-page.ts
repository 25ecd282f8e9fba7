import type { FastifyRequest } from 'fastify'
import { html, type Html } from '../html.ts'
import type { Page } from '../site.ts'
import { bar } from './bar.ts'

/** What a signed token says to everybody who has it. */
export type TokenClaims = Readonly<Record<string, unknown>>

function commands (address: string): string {
  return [
    `npx fastify-login login ${address}`,
    '',
    '# with the token that it prints',
    `curl ${address}/api/me \\`,
    '  -H "Authorization: Bearer $TOKEN"'
  ].join('\n')
}

function tokenCard (request: FastifyRequest, claims: TokenClaims | undefined): Html {
  if (claims === undefined) {
    return html`<section class="card"><h2>What a token of yours would say</h2>
<p class="soft">Sign in, and the application signs one about you.</p>
<p><a class="button" href="${request.loginUrl({ returnTo: '/programs' })}">Sign in</a></p></section>`
  }
  return html`<section class="card"><h2>What a token of yours would say</h2>
<p class="soft">Signed with a key of the application. Everybody can verify it by the public key, and read it.</p>
<pre tabindex="0" role="region" aria-label="Claims of a token">${JSON.stringify(claims, null, 2)}</pre></section>`
}

/** `/programs`: how a program gets a token here, and what is in it. */
export function programsPage (request: FastifyRequest, address: string, claims: TokenClaims | undefined): Page {
  const metadata = `${address}/.well-known/oauth-authorization-server`
  return {
    title: 'Programs',
    bar: bar(request),
    main: html`<p class="eyebrow">Tokens for programs</p>
<h1>Sign in from a terminal.</h1>
<p class="lead">The application gives tokens of its own to the program <code>cli</code>: in a browser, or by a code that you enter on another device. Its address is all that the program has to know.</p>
<div class="cards pair">
<section class="card"><h2>Try it in this folder</h2>
<pre tabindex="0" role="region" aria-label="Commands">${commands(address)}</pre>
<dl class="stacked">
<div><dt>Metadata</dt><dd><a href="${metadata}">${metadata}</a></dd></div>
<div><dt>Public keys</dt><dd><a href="${address}/auth/jwks">${address}/auth/jwks</a></dd></div>
</dl></section>
${tokenCard(request, claims)}
</div>`
  }
}
