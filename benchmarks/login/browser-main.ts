/** The process of the browsers: people who are signed in at the provider sign in to an application. */
import { Agent } from 'node:http'
import { Jar } from '../../test/_jar.ts'
import { answerWith } from '../harness/child.ts'
import { CALLBACK_PATH, LOGIN_PATH } from '../subjects/logins/settings.ts'
import { Browser } from './browser.ts'
import type { Places } from './measure.ts'

/** So many people at the same time. */
const PEOPLE = 8
const PERSON = 'alice'

const agent = new Agent({ keepAlive: true, maxSockets: 2 * PEOPLE })
let places: Places
/** Where the person is signed in. */
let atProvider: Jar

/** A browser that nobody has used at the application. */
function freshBrowser (): Browser {
  return new Browser(agent, [new URL(places.issuer).origin, atProvider])
}

/** Signs in once by hand, so that the provider asks nothing any more. */
async function signInAtProvider (): Promise<void> {
  atProvider = new Jar()
  const browser = freshBrowser()
  const { url, body } = await browser.follow(new URL(LOGIN_PATH, places.application))
  const action = /action="([^"]*\/login)"/.exec(body)?.[1]
  if (action === undefined) throw new Error(`the provider shows no way to sign in at ${url}: ${body}`)
  const { location } = await browser.ask(new URL(action, url), new URLSearchParams({ person: PERSON }))
  if (location === undefined) throw new Error('the provider does not take the person')
  await browser.follow(location, ({ origin }) => origin === places.application)
}

/** One whole login, from the address that begins it to the answer that signs the person in. */
async function login (): Promise<Browser> {
  const browser = freshBrowser()
  const { application } = places
  const isCallback = ({ origin, pathname }: URL): boolean => origin === application && pathname === CALLBACK_PATH
  const { location } = await browser.follow(new URL(LOGIN_PATH, application), isCallback)
  if (location === undefined) throw new Error('the provider did not answer')
  const { status, body } = await browser.ask(location)
  if (status !== 302 && status !== 303) throw new Error(`a login was answered with ${status}: ${body}`)
  return browser
}

answerWith({
  async prepare (given: Places) {
    places = given
    await signInAtProvider()
    const browser = await login()
    const { status, body } = await browser.ask(new URL('/me', places.application))
    const { sub, email } = status === 200 ? JSON.parse(body) : {}
    if (sub !== PERSON || email !== 'alice@example.com') throw new Error(`somebody else signed in (${status}): ${body}`)
  },

  async run (logins: number) {
    let left = logins
    async function person (): Promise<void> {
      while (left-- > 0) await login()
    }
    await Promise.all(Array.from({ length: PEOPLE }, person))
  }
})
