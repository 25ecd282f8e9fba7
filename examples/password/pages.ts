import type { CurrentUser } from 'fastify-login'
import { html, type Html } from '../html.ts'
import type { Page } from '../site.ts'

function bar (user: CurrentUser): Html {
  return user.isAuthenticated
    ? html`<div class="person"><span>${user.id}</span> <form method="post" action="/logout"><button class="button quiet small">Sign out</button></form></div>`
    : html`<div class="person"><a class="button small" href="/login">Sign in</a></div>`
}

export function homePage (user: CurrentUser): Page {
  return {
    title: 'Home',
    bar: bar(user),
    main: html`<p class="eyebrow">No provider needed</p>
<h1>This application checks passwords itself.</h1>
<p class="lead">The plugin keeps the session; who may have one, the application decides.</p>
<div class="actions"><a class="button" href="/account">Open your account</a></div>`
  }
}

export function accountPage (user: CurrentUser): Page {
  const end = user.isAuthenticated && user.isRemembered ? 'in 30 days' : 'when you close the browser'
  return {
    title: 'Your account',
    bar: bar(user),
    main: html`<p class="eyebrow">Your account</p>
<h1>Hello, ${user.isAuthenticated ? user.id : 'stranger'}.</h1>
<p class="lead">This session ends ${end}, or when you sign out.</p>`
  }
}

/** @param problem what was wrong with the last attempt */
export function loginPage (user: CurrentUser, problem: Html = html``): Page {
  return {
    title: 'Sign in',
    bar: user.isAuthenticated ? bar(user) : html``,
    main: html`<form method="post" action="/login" class="card narrow">
<h1>Sign in</h1>
${problem}
<div class="field"><label for="name">Name</label><input id="name" name="name" autocomplete="username" autofocus required></div>
<div class="field"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required></div>
<div class="check"><input id="remember" name="remember" type="checkbox"><label for="remember">Remember me on this device</label></div>
<button class="button fill">Sign in</button>
</form>`
  }
}
