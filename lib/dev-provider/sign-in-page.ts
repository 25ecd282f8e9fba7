import { html, type Html } from './html.ts'
import { type Interaction } from './oidc-provider.ts'
import { type Page } from './page.ts'
import { hintedPerson, type Person } from './people.ts'

function describe ({ name, email, sub }: Person): Html {
  return html`<strong>${name ?? sub}</strong> <small>${email ?? sub}</small>`
}

/** The page where one click on a name signs in. A `login_hint` puts the focus on the one whom it means. */
export function signInPage ({ uid, params }: Interaction, people: readonly Person[]): Page {
  const hinted = hintedPerson(people, params['login_hint'])
  const login = `/interaction/${uid}/login`
  const items = people.map(person => person === hinted
    ? html`<li class="hinted"><form method="post" action="${login}"><button name="person" value="${person.sub}" autofocus>${describe(person)}</button></form></li>
`
    : html`<li><form method="post" action="${login}"><button name="person" value="${person.sub}">${describe(person)}</button></form></li>
`)
  return {
    title: 'Sign in',
    content: html`<p>${String(params['client_id'])} asks who you are.</p>
<ul>
${items}</ul>
<form method="post" action="/interaction/${uid}/cancel"><button class="quiet">Cancel</button></form>`
  }
}
