import type { FastifyRequest } from 'fastify'
import { html, type Html } from '../html.ts'
import type { Page } from '../site.ts'
import { bar } from './bar.ts'
import type { Mailbox } from './mail-api.ts'

/** What is known of the access token, beside its text, which stays on the server. */
export interface TokenFigures {
  /** Seconds that it lives when it is new. */
  readonly life: number
  readonly secondsLeft: number
  readonly scopes: readonly string[]
  /** How often the provider has exchanged a refresh token since the demonstration started. */
  readonly refreshes: number
}

const EVERY = 2

function watch (every: number | undefined): Html {
  return every === undefined
    ? html`<a class="button" href="/mail">Ask again</a> <a class="button quiet" href="/mail?every=${EVERY}">Ask every ${EVERY} seconds</a>`
    : html`<a class="button" href="/mail">Stop asking</a>`
}

/** `/mail?every=`: what a protected API answers, and how the token for it is doing. */
export function mailPage (
  request: FastifyRequest, { owner, messages }: Mailbox, figures: TokenFigures, every: number | undefined
): Page {
  const { life, secondsLeft, scopes, refreshes } = figures
  return {
    title: 'Mail',
    bar: bar(request),
    ...every === undefined ? {} : { reloadAfter: every },
    main: html`<p class="eyebrow">Data from a protected API</p>
<h1>Mail for ${owner}</h1>
<p class="lead">Another server has these messages. It takes no cookies: the application brings it an access token, which lives ${life} seconds. Watch how a new one comes before the old one ends, without a click and without a redirect.</p>
<div class="actions">${watch(every)}</div>
<div class="cards pair">
<section class="card"><h2>The access token</h2>
<dl class="stacked">
<div><dt>Seconds left</dt><dd><output id="left">${secondsLeft}</output><progress max="${life}" value="${secondsLeft}" aria-label="Life of the token that is left"></progress></dd></div>
<div><dt>Refreshes that the provider has seen</dt><dd><output id="refreshes">${refreshes}</output></dd></div>
<div><dt>Granted scopes</dt><dd>${scopes.join(' ')}</dd></div>
</dl>
<p class="soft">The token itself stays on the server, sealed.</p></section>
<section class="card"><h2>Messages</h2>
<dl>${messages.map(({ from, subject }) => html`<div><dt>${from}</dt><dd>${subject}</dd></div>`)}</dl>
<p class="soft">The messages are invented. The check of the token is not: the API asks the provider about it, at each request.</p></section>
</div>`
  }
}
