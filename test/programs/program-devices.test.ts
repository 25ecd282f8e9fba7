import { test } from 'tap'
import { ProviderUnavailable, StoreUnavailable } from '../../lib/index.ts'
import { OAuthRefusal } from '../../lib/programs/oauth-refusal.ts'
import { settingsOf } from '../options/_refusal.ts'
import { connectionReset, htmlAnswer, json } from '../oidc/_scripted-provider.ts'
import { deviceBench } from './_device-bench.ts'

const wordOf = async (asked: Promise<unknown>): Promise<[string, number]> => {
  try {
    await asked
  } catch (error) {
    if (error instanceof OAuthRefusal) return [error.error, error.statusCode]
    throw error
  }
  throw new Error('nothing was refused')
}

test('a program gets codes of which the one that it asks with is ours (RFC 8628, section 3.2)', async t => {
  const bench = await deviceBench()
  const answer = await bench.begin('mail.read')
  t.match(answer, {
    device_code: /^[\w-]{43}$/,
    user_code: 'BDFH-KLMN',
    verification_uri: 'https://id.example.com/go',
    verification_uri_complete: 'https://id.example.com/go?user_code=BDFH-KLMN',
    expires_in: 300,
    interval: 5
  })
  t.notOk([...bench.scripted.secrets].includes(answer.device_code))
  t.same(await bench.begin('mail.read').then(({ device_code: code }) => code === answer.device_code), false)
  bench.provider.authorization = { verification_uri_complete: undefined, expires_in: 86_400 }
  const other = await bench.begin()
  t.notOk('verification_uri_complete' in other)
  t.equal(other.expires_in, 1800)
})

test('the provider is asked for what is configured, and for what the program wants where that gets its tokens', async t => {
  const passing = { cli: { scopes: ['mail.read'], passThrough: true } }
  for (const [options, scope, asked] of [
    [{}, 'mail.read', 'openid profile email'],
    [{ programs: passing }, 'mail.read offline_access profile', 'mail.read openid profile email offline_access'],
    [{ programs: passing, oidc: { scopes: ['openid', 'files.read'] } }, undefined, 'mail.read openid']
  ] as const) {
    const bench = await deviceBench(options)
    await bench.begin(scope)
    t.equal(bench.scripted.last('device').form.get('scope'), asked)
  }
})

test('a program gets tokens when the person has agreed, once', async t => {
  const bench = await deviceBench({ oidc: { userinfo: true } })
  const { device_code: code } = await bench.begin('mail.read offline_access')
  t.equal(await bench.pollLater(code), 'authorization_pending')
  bench.provider.error = undefined
  t.equal(await bench.pollLater(code), 'for-cli')
  t.match(bench.begun, [{
    person: { userId: 'alice', userinfo: { sub: 'alice' } }, grant: undefined, scopes: ['mail.read'], isOffline: true
  }])
  t.equal(await bench.pollLater(code), 'invalid_grant')
  t.equal(bench.provider.asked, 2)
  t.equal(bench.begun.length, 1)
})

test('without a scope it gets all of its own, and no refresh token', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  bench.provider.error = undefined
  await bench.pollLater(code)
  t.match(bench.begun, [{ scopes: ['mail.read', 'mail.send'], isOffline: false }])
})

test('the tokens of the provider go to no program but one with passThrough', async t => {
  const bench = await deviceBench({ programs: { cli: { scopes: ['mail.read'], passThrough: true } } })
  const { device_code: code } = await bench.begin()
  bench.provider.error = undefined
  bench.scripted.tokenAnswer = { scope: 'openid mail.read' }
  t.equal(await bench.pollLater(code), 'for-cli')
  t.match(bench.begun, [{ grant: { provider: 'oidc', accessTokens: [{ scopes: ['openid', 'mail.read'] }] } }])
})

test('what the provider lets us refresh is handed on for a program that may go on without the person', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin('mail.read offline_access')
  bench.provider.error = undefined
  bench.scripted.tokenAnswer = { refresh_token: 'a-refresh-token' }
  t.equal(await bench.pollLater(code), 'for-cli')
  t.match(bench.begun, [{ grant: { provider: 'oidc', refreshToken: 'a-refresh-token' } }])
})

test('a person who did not grant what such a program wants has not agreed', async t => {
  const bench = await deviceBench({ programs: { cli: { scopes: ['mail.read'], passThrough: true } } })
  const { device_code: code } = await bench.begin()
  bench.provider.error = undefined
  bench.scripted.tokenAnswer = { scope: 'openid' }
  t.equal(await bench.pollLater(code), 'access_denied')
  t.same(bench.begun, [])
})

test('a scope that the program may not have is refused before anybody is asked', async t => {
  const bench = await deviceBench()
  for (const scope of ['admin', 'mail.read admin', 'mail.read "']) {
    t.same(await wordOf(bench.begin(scope)), ['invalid_scope', 400])
  }
  t.equal(bench.scripted.count('device'), 0)
})

test('of several providers the program is registered with one, or cannot begin', async t => {
  const one = await deviceBench()
  const { client } = one.scripted
  const providers = { work: client, home: { ...client, issuer: 'https://home.example.com' } }
  const programs = { cli: { provider: 'work' }, other: {} }
  const settings = settingsOf({ publicUrl: 'https://app.example.com', bearer: { issued: true, audience: 'x' }, providers, programs })
  const [cli, other] = settings.programs
  const devices = one.process(settings)
  if (cli === undefined || other === undefined) throw new Error('no programs')
  t.match(await devices.begin(cli, undefined), { user_code: 'BDFH-KLMN' })
  t.same(await wordOf(devices.begin(other, undefined)), ['invalid_request', 400])
})

test('a provider without device codes is told apart from one that is away', async t => {
  const bench = await deviceBench()
  bench.scripted.metadata = {}
  t.same(await wordOf(bench.begin()), ['unsupported_grant_type', 400])
  const away = await deviceBench()
  away.scripted.answers.device = connectionReset
  await t.rejects(away.begin(), { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' })
  const gone = await deviceBench()
  gone.scripted.answers.discovery = connectionReset
  await t.rejects(gone.begin(), { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' })
})

test('what a provider says to a request for codes is said in words that the program knows', async t => {
  const bench = await deviceBench()
  for (const [error, heard] of [
    ['invalid_scope', ['invalid_scope', 400]],
    ['unauthorized_client', ['unsupported_grant_type', 400]],
    ['unsupported_grant_type', ['unsupported_grant_type', 400]],
    ['access_denied', ['server_error', 502]],
    ['invalid_client', ['server_error', 502]]
  ] as const) {
    bench.scripted.answers.device = () => json({ error, error_description: 'the secret of the client' }, 400)
    t.same(await wordOf(bench.begin()), heard, error)
  }
  for (const answer of [() => htmlAnswer(), () => json({ device_code: 'x' })]) {
    bench.scripted.answers.device = answer
    t.same(await wordOf(bench.begin()), ['server_error', 502])
  }
})

test('a program that asks too early hears slow_down, waits 5 seconds longer, and never reaches the provider', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  t.equal(await bench.poll(code), 'authorization_pending', 'the first question may come at once')
  t.equal(bench.provider.asked, 0)
  t.equal(await bench.pollLater(code, 3), 'slow_down')
  t.equal(await bench.pollLater(code, 8), 'slow_down', 'it was told to wait 10 seconds')
  t.equal(bench.provider.asked, 0)
  t.equal(await bench.pollLater(code, 15), 'authorization_pending')
  t.equal(await bench.pollLater(code, 14.5), 'authorization_pending', 'a clock may be a little early')
  t.equal(bench.provider.asked, 2)
})

test('slow_down of the provider is said to the program, which waits longer from then on', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  bench.provider.next.push(() => json({ error: 'slow_down' }, 400))
  t.equal(await bench.pollLater(code), 'slow_down')
  t.equal(await bench.pollLater(code, 7), 'slow_down')
  t.equal(await bench.pollLater(code, 15), 'authorization_pending')
  t.equal(bench.provider.asked, 2)
})

test('of two questions at the same time, wherever they come in, one reaches the provider', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  const elsewhere = bench.process()
  bench.provider.error = undefined
  bench.clock.advance(5)
  const heard = await Promise.all([bench.poll(code), bench.poll(code, 'cli', elsewhere), bench.poll(code)])
  t.same(heard.sort(), ['for-cli', 'slow_down', 'slow_down'])
  t.equal(bench.provider.asked, 1)
  t.equal(bench.begun.length, 1)
})

test('a code that is unknown, malformed, or that of another program is an invalid grant, and nothing happens to it', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  bench.provider.error = undefined
  bench.clock.advance(5)
  const malformed = ['', 'x', 'a'.repeat(43), `${code}=`, `${code} `, '\u0000'.repeat(43), 'é'.repeat(43), 'x'.repeat(100_000)]
  for (const text of malformed) t.equal(await bench.poll(text), 'invalid_grant', JSON.stringify(text.slice(0, 50)))
  for (let question = 0; question < 3; question++) t.equal(await bench.poll(code, 'other'), 'invalid_grant')
  t.equal(bench.provider.asked, 0)
  t.equal(await bench.poll(code), 'for-cli')
})

test('a code ends with that of the provider, and the program hears so for a while', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  t.equal(await bench.pollLater(code, 299), 'authorization_pending')
  bench.provider.error = undefined
  t.equal(await bench.pollLater(code, 5), 'expired_token')
  t.equal(await bench.pollLater(code, 600), 'invalid_grant')
  t.equal(bench.provider.asked, 1)
})

for (const [error, heard] of [
  ['access_denied', 'access_denied'], ['expired_token', 'expired_token'], ['invalid_grant', 'access_denied'],
  ['invalid_client', 'server_error']
] as const) {
  test(`${error} of the provider is ${heard} for the program, again and again, and asked for once`, async t => {
    const bench = await deviceBench()
    const { device_code: code } = await bench.begin()
    bench.provider.error = error
    t.equal(await bench.pollLater(code), heard)
    t.equal(await bench.pollLater(code), heard)
    t.equal(bench.provider.asked, 1)
  })
}

test('a provider that is away leaves the program waiting, and is left alone for longer each time', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  bench.provider.next.push(connectionReset, () => htmlAnswer(503))
  const heard = []
  for (let question = 0; question < 4; question++) heard.push(await bench.pollLater(code))
  t.same(heard, Array(4).fill('authorization_pending'))
  t.equal(bench.provider.asked, 2)
  bench.provider.error = undefined
  await bench.pollLater(code)
  await bench.pollLater(code)
  await bench.pollLater(code)
  t.equal(bench.begun.length, 1)
})

test('an answer that cannot be judged for now stays, and is judged when it can be', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  bench.provider.error = undefined
  bench.scripted.answers.keys = () => htmlAnswer(503)
  t.equal(await bench.pollLater(code), 'authorization_pending')
  bench.scripted.repair()
  bench.clock.advance(60)
  t.equal(await bench.pollLater(code), 'for-cli')
  t.equal(bench.provider.asked, 1)
})

test('tokens that could not be given are given to the next question', async t => {
  for (const failure of [new StoreUnavailable(), new ProviderUnavailable()]) {
    const bench = await deviceBench()
    const { device_code: code } = await bench.begin()
    bench.provider.error = undefined
    bench.failures.push(failure)
    if (failure instanceof StoreUnavailable) await t.rejects(bench.pollLater(code), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
    else t.equal(await bench.pollLater(code), 'authorization_pending')
    t.equal(await bench.pollLater(code), 'for-cli')
    t.equal(bench.provider.asked, 1)
  }
})

test('a store that is gone for good when they could not be given does not hide why', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  bench.provider.error = undefined
  const broken = Object.create(bench.store) as typeof bench.store
  let writes = 0
  broken.get = async key => await bench.store.get(key)
  broken.replace = async (...written) => {
    if (++writes > 4) throw new Error('the store is gone')
    return await bench.store.replace(...written)
  }
  const devices = bench.process(bench.settings, broken)
  bench.failures.push(new StoreUnavailable())
  bench.clock.advance(5)
  await t.rejects(bench.poll(code, 'cli', devices), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
  t.equal(writes, 5)
})

test('an ID token that is not good brings nobody in', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  bench.provider.error = undefined
  bench.scripted.tokenAnswer = { id_token: await bench.scripted.idToken({ aud: 'somebody else' }) }
  t.equal(await bench.pollLater(code), 'server_error')
  t.same(bench.begun, [])
})

test('whoever the application does not accept gives no program anything', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  bench.provider.error = undefined
  const asked: unknown[] = []
  bench.accept = async ({ userId }) => asked.push(userId) === 0
  t.equal(await bench.pollLater(code), 'access_denied')
  t.same(asked, ['alice'])
  t.same(bench.begun, [])
})

test('a code of a provider that was configured anew is no good any more', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  bench.provider.error = undefined
  bench.clock.advance(5)
  const settings = settingsOf({
    publicUrl: 'https://app.example.com',
    bearer: { issued: true },
    programs: { cli: {} },
    oidc: { ...bench.scripted.client, clientId: 'another' }
  })
  t.equal(await bench.poll(code, 'cli', bench.process(settings)), 'invalid_grant')
  t.equal(await bench.poll(code), 'for-cli')
})

test('neither the code of the program nor that of the provider is in the store', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin()
  bench.provider.error = undefined
  await bench.pollLater(code)
  const dump = JSON.stringify([...bench.store.written])
  t.match(dump, 'program-device:')
  for (const secret of [code, ...bench.scripted.secrets]) t.notMatch(dump, secret)
})

test('whoever can write to the store moves no record to a code of their own', async t => {
  const bench = await deviceBench()
  const [one, other] = [await bench.begin(), await bench.begin()]
  const keys = [...bench.store.written.keys()]
  const [from, , to] = keys
  const moved = await bench.store.get(String(from))
  await bench.store.set(String(to), String(moved?.value), { expiresAt: Number(moved?.expiresAt) })
  t.equal(await bench.pollLater(other.device_code), 'invalid_grant')
  t.equal(await bench.poll(one.device_code), 'authorization_pending')
  for (const key of keys.filter(name => name.startsWith('device:'))) await bench.store.delete(key)
  t.equal(await bench.pollLater(one.device_code), 'invalid_grant')
})

test('a login by a program is known to the page of the provider that ends it', async t => {
  for (const [routes, count, sid] of [
    [{ frontchannelLogout: '/frontchannel-logout' }, 1, 'the-session'],
    [{ frontchannelLogout: '/frontchannel-logout' }, 0, undefined],
    [{}, 0, 'the-session']
  ] as const) {
    const bench = await deviceBench({ further: { routes } })
    const { device_code: code } = await bench.begin()
    bench.provider.error = undefined
    bench.scripted.tokenAnswer = { id_token: await bench.scripted.idToken({ sid }) }
    t.equal(await bench.pollLater(code), 'for-cli')
    t.equal(bench.store.calls.filter(call => call.startsWith('set')).length, count)
  }
})

test('a code that another question redeems meanwhile gives tokens once', async t => {
  const bench = await deviceBench()
  const { device_code: code } = await bench.begin('mail.read')
  bench.provider.error = undefined
  const heard: string[] = []
  bench.accept = async () => {
    bench.accept = async () => true
    heard.push(await bench.pollLater(code))
    return true
  }
  heard.push(await bench.pollLater(code))
  t.same(heard, ['for-cli', 'invalid_grant'])
  t.equal(bench.begun.length, 1)
})
