import { type Test, test } from 'tap'
import type { DevProvider } from '../../lib/dev-provider/index.ts'
import type { LoginEventMap, SessionOptions } from '../../lib/index.ts'
import { type Application, startApplication, startProvider } from './_application.ts'
import { Browser, type Tab } from './_browser.ts'
import { freePort } from '../_free-port.ts'

interface Two {
  readonly provider: DevProvider
  /** Two applications, each a client of its own. */
  readonly shop: Application
  readonly desk: Application
  /** What the provider told them. */
  readonly told: Array<LoginEventMap['backchannelLogout']>
  readonly refused: Array<LoginEventMap['backchannelLogoutFailed']>
  /** The requests by which it did. */
  readonly sent: Array<{ readonly address: string, readonly body: string }>
}

function hearing (port: number): Readonly<Record<string, unknown>> {
  const origin = `http://localhost:${port}`
  return {
    redirect_uris: [`${origin}/auth/callback`],
    post_logout_redirect_uris: [`${origin}/auth/logged-out`],
    backchannel_logout_uri: `${origin}/auth/backchannel-logout`,
    backchannel_logout_session_required: true
  }
}

async function startTwo (t: Test, session: SessionOptions): Promise<Two> {
  const [shopPort, deskPort] = [await freePort(), await freePort()]
  const second = { clientId: 'desk', clientSecret: 'a secret of the desk' }
  const sent: Two['sent'] = []
  const provider = await startProvider(t, {
    configuration: {
      async fetch (address: URL, { method, headers, body }: RequestInit) {
        sent.push({ address: String(address), body: String(body) })
        return await fetch(address, { method, headers, body } as RequestInit)
      }
    },
    client: hearing(shopPort),
    clients: [{ client_id: second.clientId, client_secret: second.clientSecret, ...hearing(deskPort) }]
  })
  const told: Two['told'] = []
  const refused: Two['refused'] = []
  const events = {
    backchannelLogout: (event: LoginEventMap['backchannelLogout']) => told.push(event),
    backchannelLogoutFailed: (event: LoginEventMap['backchannelLogoutFailed']) => refused.push(event)
  }
  const shop = await startApplication(t, { provider, port: shopPort, session, events })
  const desk = await startApplication(t, {
    provider: { issuer: provider.issuer, ...second }, port: deskPort, session, events
  })
  return { provider, shop, desk, told, refused, sent }
}

/** Signs alice in at both applications; the provider asks at the first one. */
async function signInAtBoth (tab: Tab, { shop, desk }: Two): Promise<void> {
  await tab.open(`${shop.origin}/auth/login`)
  await tab.submit('alice')
  await tab.open(`${desk.origin}/auth/login`)
}

async function whoAt (browser: Browser, { shop, desk }: Two): Promise<readonly unknown[]> {
  const tab = browser.tab()
  const who: unknown[] = []
  for (const { origin } of [shop, desk]) {
    await tab.open(`${origin}/who`)
    who.push(tab.json['id'])
  }
  return who
}

const places: Readonly<Record<string, SessionOptions>> = { 'cookie mode': {}, 'store mode': { store: 'memory:' } }

for (const [mode, session] of Object.entries(places)) {
  test(`who logs out at one application is out at the other, and another browser of theirs stays in (${mode})`, async t => {
    const two = await startTwo(t, session)
    const [laptop, phone] = [new Browser(), new Browser()]
    const tab = laptop.tab()
    await signInAtBoth(tab, two)
    await signInAtBoth(phone.tab(), two)
    t.same([await whoAt(laptop, two), await whoAt(phone, two)], [['alice', 'alice'], ['alice', 'alice']])
    t.equal((await two.desk.app.login.sessions.list('alice')).length, 2)

    await tab.open(`${two.shop.origin}/auth/logout`)
    await tab.submit('/auth/logout')
    t.same(await whoAt(laptop, two), [undefined, 'alice'], 'before the person has said yes at the provider')
    t.same(two.told, [])
    t.equal((await tab.submit('yes')).url.href, `${two.shop.origin}/auth/logged-out`)

    t.equal(two.told.length, 2, 'both were told before the provider sent the person back')
    t.same(two.refused, [])
    t.same([await whoAt(laptop, two), await whoAt(phone, two)], [[undefined, undefined], ['alice', 'alice']])
    t.equal((await two.desk.app.login.sessions.list('alice')).length, 1)

    await signInAtBoth(tab, two)
    t.same(await whoAt(laptop, two), ['alice', 'alice'], 'who signs in again is in')
  })

  test(`who logs out at the provider itself is out at both applications (${mode})`, async t => {
    const two = await startTwo(t, session)
    const [laptop, phone] = [new Browser(), new Browser()]
    const tab = laptop.tab()
    await signInAtBoth(tab, two)
    await signInAtBoth(phone.tab(), two)
    await tab.open(`${two.provider.issuer}/session/end`)
    await tab.submit('yes')
    t.equal(two.told.length, 2)
    t.same([await whoAt(laptop, two), await whoAt(phone, two)], [[undefined, undefined], ['alice', 'alice']])
  })
}

test('the logout token of one application is worth nothing at the other, and at its own nothing for the second time', async t => {
  const two = await startTwo(t, {})
  const laptop = new Browser()
  const tab = laptop.tab()
  await signInAtBoth(tab, two)
  await tab.open(`${two.provider.issuer}/session/end`)
  await tab.submit('yes')
  await signInAtBoth(tab, two)
  t.equal(two.sent.length, 2)
  for (const { origin } of [two.shop, two.desk]) {
    for (const { body } of two.sent) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await fetch(`${origin}/auth/backchannel-logout`, { method: 'POST', headers, body })
      t.equal(answer.status, 400)
      t.equal(answer.headers.get('cache-control'), 'no-store')
    }
  }
  t.same(two.refused.map(({ error }) => String((error.cause as Error).message).includes('"jti"')), [true, false, false, true])
  t.same(await whoAt(laptop, two), ['alice', 'alice'])
})

test('a logout whose state came back by the provider ends where the application says', async t => {
  const provider = await startProvider(t)
  const { origin } = await startApplication(t, {
    provider,
    oidc: { postLogoutRedirect: ({ currentUser }) => `/who?was=${currentUser.isAuthenticated ? currentUser.id : 'nobody'}` }
  })
  const tab = new Browser().tab()
  await tab.open(`${origin}/auth/login`)
  await tab.submit('alice')
  await tab.open(`${origin}/auth/logout`)
  const question = await tab.submit('/auth/logout')
  t.equal(question.url.searchParams.get('post_logout_redirect_uri'), `${origin}/auth/logged-out`)
  const state = String(question.url.searchParams.get('state'))
  t.equal((await tab.submit('yes')).url.href, `${origin}/who?was=alice`)
  t.same(tab.json, { isAuthenticated: false })
  const stranger = new Browser().tab()
  const page = await stranger.open(`${origin}/auth/logged-out?state=${state}`)
  t.match(page.text, 'You are signed out')
})

test('a real provider takes refresh and access tokens back at a logout', async t => {
  const provider = await startProvider(t)
  const failed: unknown[] = []
  const tokens: URLSearchParams[] = []
  const statuses: number[] = []
  const { app, origin } = await startApplication(t, {
    provider,
    events: { revocationFailed: event => failed.push(event) },
    oidc: {
      scopes: ['offline_access'],
      prompt: 'consent',
      async fetch (input, init) {
        const answer = await fetch(input, init)
        if (String(input).endsWith('/revocation')) {
          tokens.push(new URLSearchParams(String(init?.body)))
          statuses.push(answer.status)
        }
        return answer
      }
    }
  })
  const tab = new Browser().tab()
  await tab.open(`${origin}/auth/login`)
  await tab.submit('alice')
  await tab.open(`${origin}/auth/logout`)
  await tab.submit('/auth/logout')
  await app.close()
  t.same(tokens.map(form => form.get('token_type_hint')), ['refresh_token', 'access_token'])
  t.same(statuses, [200, 200])
  t.same(failed, [])
})
