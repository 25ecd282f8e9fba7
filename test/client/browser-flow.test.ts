import { createHash } from 'node:crypto'
import { test, type Test } from 'tap'
import { signInByBrowser } from '../../lib/client/browser-flow.ts'
import type { AuthenticateOptions } from '../../lib/client/index.ts'
import { findServer } from '../../lib/client/server.ts'
import { METADATA, metadataOf, refusal, type Reply, startScripted, tokens } from './_scripted-server.ts'
import { createBench } from './_settings.ts'

type Answer = Readonly<Record<string, string>>

/** The flow of a person whose browser brings back what a function makes of the request. */
async function run (
  t: Test, toAnswer: (asked: URL, origin: string) => Answer,
  { token = { body: tokens }, metadata, ...options }: AuthenticateOptions & { token?: Reply, metadata?: object } = {}
) {
  const scripted = await startScripted(t, origin => ({
    '/token': [token], [METADATA]: [{ body: { ...metadataOf(origin), ...metadata } }]
  }))
  let asked: URL | undefined
  async function openBrowser (address: string): Promise<boolean> {
    asked = new URL(address)
    const answer = toAnswer(asked, scripted.origin)
    await fetch(`${asked.searchParams.get('redirect_uri')}?${new URLSearchParams(answer)}`)
    return true
  }
  const bench = createBench(scripted.origin, { openBrowser, ...options })
  // Only somebody who never comes makes time pass.
  const settings = { ...bench.settings, pause: () => new Promise<void>(() => {}) }
  const result = signInByBrowser(await findServer(settings), settings)
  return { ...bench, scripted, result, asked: () => asked }
}

const agree = (asked: URL, iss: string): Answer =>
  ({ code: 'the-code', state: String(asked.searchParams.get('state')), iss })

test('a program sends a browser to the host and exchanges what comes back (RFC 6749, 7636, 8252, 9207)', async t => {
  const { result, scripted, prompts, asked } = await run(t, agree, { scopes: ['reports.read'] })
  t.match(await result, { access_token: 'the-access-token' })
  const sent = Object.fromEntries(asked()?.searchParams ?? [])
  t.match(sent, {
    response_type: 'code', client_id: 'cli', scope: 'reports.read', code_challenge_method: 'S256', redirect_uri: /^http:\/\/127\.0\.0\.1:\d+\/callback$/
  })
  const form = Object.fromEntries(scripted.of('/token')[0]?.form ?? [])
  t.match(form, { grant_type: 'authorization_code', code: 'the-code', client_id: 'cli', redirect_uri: sent['redirect_uri'] })
  t.equal(createHash('sha256').update(String(form['code_verifier'])).digest('base64url'), sent['code_challenge'])
  t.strictSame(prompts, [{ kind: 'browser', address: asked()?.href, isOpened: true }])
  await t.rejects(fetch(String(sent['redirect_uri'])), 'nobody listens any more')
})

test('an answer of another server is refused before the code goes anywhere (RFC 9207)', async t => {
  for (const change of [{ iss: 'https://evil.example' }, { iss: '' }]) {
    const { result, scripted } = await run(t, (asked, origin) => ({ ...agree(asked, origin), ...change }))
    await t.rejects(result, { message: /"iss"/ })
    t.same(scripted.of('/token'), [])
  }
})

test('what the person or the host refuses is said', async t => {
  const denied = await run(t, (asked, iss) => ({ error: 'access_denied', state: String(asked.searchParams.get('state')), iss }))
  t.match(await denied.result.catch(error => error), { error: 'access_denied' })
  const spent = await run(t, agree, { token: refusal('invalid_grant') })
  t.match(await spent.result.catch(error => error), { error: 'invalid_grant' })
})

test('where no browser opens, the person is told the address', async t => {
  for (const openBrowser of [() => false, () => { throw new Error('no screen') }]) {
    const { result, prompts, scripted } = await run(t, agree, {
      openBrowser,
      onPrompt (prompt) {
        if (prompt.kind !== 'browser') throw new Error('another prompt')
        t.equal(prompt.isOpened, false)
        const asked = new URL(prompt.address)
        t.equal(asked.searchParams.has('scope'), false)
        fetch(`${asked.searchParams.get('redirect_uri')}?${new URLSearchParams(agree(asked, scripted.origin))}`)
      }
    })
    await result
    t.same(prompts, [])
  }
})

test('nobody is waited for longer than five minutes, and the signal ends it at once', async t => {
  const scripted = await startScripted(t)
  const { settings, waits } = createBench(scripted.origin, { openBrowser: false })
  const server = await findServer(settings)
  await t.rejects(signInByBrowser(server, settings), { code: 'EXPIRED', message: 'within 5 minutes' })
  t.same(waits, [300])
  const stopped = new AbortController()
  const patient = createBench(scripted.origin, {
    signal: stopped.signal, openBrowser: false, onPrompt () { stopped.abort() }
  })
  await t.rejects(signInByBrowser(server, patient.settings), { name: 'AbortError' })
})

test('a host that names no address for browsers, or none that may be opened, is no place to sign in', async t => {
  for (const address of [undefined, 'javascript:alert(1)']) {
    const { result, asked } = await run(t, agree, { metadata: { authorization_endpoint: address } })
    await t.rejects(result, { code: 'ANSWER_INVALID' })
    t.equal(asked(), undefined)
  }
})

test('parameters of the address itself cannot take the place of ours', async t => {
  const { result, asked } = await run(t, agree, { metadata: { authorization_endpoint: 'http://127.0.0.1:1/a?tenant=1&state=theirs&code_challenge_method=plain' } })
  await result
  t.equal(asked()?.searchParams.get('tenant'), '1')
  t.equal(asked()?.searchParams.getAll('state').length, 1)
  t.same(asked()?.searchParams.getAll('code_challenge_method'), ['S256'])
})
