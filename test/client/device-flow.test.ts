import { test, type Test } from 'tap'
import { awaitPerson, beginDevice, offersCodes } from '../../lib/client/device-flow.ts'
import type { AuthenticateOptions } from '../../lib/client/index.ts'
import { findServer } from '../../lib/client/server.ts'
import { codes, METADATA, metadataOf, refusal, type Reply, startScripted, tokens } from './_scripted-server.ts'
import { createBench } from './_settings.ts'

const pending = refusal('authorization_pending')

/** The whole flow at a server that gives these codes, and says this when it is asked for tokens. */
async function run (t: Test, answers: readonly Reply[], given: object = {}, options: AuthenticateOptions = {}) {
  const scripted = await startScripted(t, () => ({ '/device': [{ body: { ...codes, ...given } }], '/token': answers }))
  const bench = createBench(scripted.origin, options)
  const server = await findServer(bench.settings)
  const result = beginDevice(server, bench.settings).then(begun => awaitPerson(server, begun, bench.settings))
  return { ...bench, scripted, result }
}

test('a program asks for codes, tells the person, and asks until the person has agreed (RFC 8628)', async t => {
  const { result, waits, prompts, scripted } = await run(t, [pending, pending, { body: tokens }], {
    interval: 2, verification_uri_complete: 'https://id.example/device?user_code=ABCD-EFGH'
  }, { scopes: ['reports.read', 'offline_access'] })
  t.match(await result, { access_token: 'the-access-token' })
  t.same(waits, [2, 2, 2])
  t.strictSame(prompts, [{
    kind: 'device',
    verificationUri: 'https://id.example/device',
    verificationUriComplete: 'https://id.example/device?user_code=ABCD-EFGH',
    userCode: 'ABCD-EFGH',
    expiresAt: 1600
  }])
  t.same(Object.fromEntries(scripted.of('/device')[0]?.form ?? []), { client_id: 'cli', scope: 'reports.read offline_access' })
  t.same(Object.fromEntries(scripted.of('/token')[0]?.form ?? []), {
    client_id: 'cli', grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'the-device-code'
  })
})

test('without scopes none are named, and without an interval it is five seconds (section 3.2)', async t => {
  const { result, waits, scripted } = await run(t, [{ body: tokens }])
  await result
  t.same(waits, [5])
  t.equal(scripted.of('/device')[0]?.form.has('scope'), false)
})

test('each slow_down makes the interval longer by five seconds, for good (section 3.5)', async t => {
  const { result, waits } = await run(t, [refusal('slow_down'), refusal('slow_down'), pending, { body: tokens }], { interval: 1 })
  await result
  t.same(waits, [1, 6, 11, 11])
})

test('a server that is away is asked more and more seldom, and as before once it is back', async t => {
  const busy = { status: 503, body: '' }
  const { result, waits } = await run(t, ['drop', busy, { status: 429, body: '' }, 'drop', 'drop', pending, { body: tokens }], { interval: 4 })
  await result
  t.same(waits, [4, 8, 16, 32, 60, 60, 4])
})

test('a code that has ended, by word or by time, is the end', async t => {
  const byWord = await run(t, [refusal('expired_token')])
  await t.rejects(byWord.result, { code: 'EXPIRED' })
  const byTime = await run(t, [pending], { expires_in: 12 })
  await t.rejects(byTime.result, { code: 'EXPIRED' })
  t.same(byTime.waits, [5, 5, 2], 'it is not asked for when it has ended')
  const away = await run(t, ['drop'], { expires_in: 100 })
  await t.rejects(away.result, { code: 'EXPIRED' })
})

test('a server that has no end and a huge interval cannot keep a program for ever', async t => {
  const { result, waits } = await run(t, [pending], { expires_in: 1e300, interval: 1e300 })
  await t.rejects(result, { code: 'EXPIRED' })
  t.same(waits, [3600])
  const hasty = await run(t, [{ body: tokens }], { interval: 1e-9 })
  await hasty.result
  t.same(hasty.waits, [1])
})

test('a person, or a server, that refuses ends it', async t => {
  const denied = await run(t, [pending, refusal('access_denied', 'not today')])
  await t.rejects(denied.result, { code: 'REFUSED', error: 'access_denied', message: 'not today' })
  const odd = await run(t, [{ body: { token_type: 'Bearer' } }])
  await t.rejects(odd.result, { code: 'ANSWER_INVALID' })
})

test('the signal of the caller ends it, also while the server is asked', async t => {
  const stopped = new AbortController()
  const waiting = await run(t, ['hang'], {}, { signal: stopped.signal })
  while (waiting.scripted.of('/token').length === 0) await new Promise(resolve => setImmediate(resolve))
  stopped.abort()
  await t.rejects(waiting.result, { name: 'AbortError' })
  t.same(waiting.waits, [5])
})

test('nobody is sent to an address that is none, and no code makes a terminal obey', async t => {
  for (const wrong of [{ verification_uri: 'javascript:alert(1)' }, { verification_uri: 'not one' }, { verification_uri_complete: 'file:///x' }]) {
    const { result, prompts } = await run(t, [pending], wrong)
    await t.rejects(result, { code: 'ANSWER_INVALID' })
    t.same(prompts, [])
  }
  const { result, prompts } = await run(t, [{ body: tokens }], { user_code: `\u001b[2J${'x'.repeat(100)}`, verification_uri: 'https://id.example/\u001b[2J' })
  await result
  t.match(prompts[0], { userCode: /^\\u\{1b\}\[2Jx{60}…$/, verificationUri: 'https://id.example/%1B[2J' })
})

test('a server without device codes gives none', async t => {
  const scripted = await startScripted(t, origin => ({
    [METADATA]: [{ body: { ...metadataOf(origin), device_authorization_endpoint: 'http://id.example/device' } }]
  }))
  const { settings } = createBench(scripted.origin)
  const server = await findServer(settings)
  t.equal(offersCodes(server), false, 'an address in the clear is none')
  await t.rejects(beginDevice(server, settings), { code: 'ANSWER_INVALID', message: 'gives no device codes' })
})
