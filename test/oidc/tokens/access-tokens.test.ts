import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { test } from 'tap'
import { dpopKeyFrom } from '../../../lib/oidc/provider/dpop.ts'
import { createTokenBench, MAIL, SCOPES, textOf } from '../_token-bench.ts'
import { connectionReset, htmlAnswer, json } from '../_scripted-provider.ts'

const unavailable = { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' }
const invalid = { code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' }

test('a token is given out until 60 seconds before its end, then a new one', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(239)
  t.equal(await bench.token(), bench.issued.accessToken)
  t.equal(bench.endpoint.requests.length, 0)
  bench.clock.advance(1)
  const next = await bench.token()
  t.not(next, bench.issued.accessToken)
  t.equal(await bench.token(), next)
  t.equal(bench.endpoint.granted, 1)
  t.same(bench.events, ['refreshed'])
  t.match(bench.told[0], { sessionHandle: bench.handle, provider: 'oidc', scopes: SCOPES })
})

test('a session that nothing was kept for is unknown', async t => {
  const bench = await createTokenBench()
  await bench.vault.forget(bench.handle)
  t.same(await bench.find(), { kind: 'unknown' })
})

test('a token that ends without a refresh token serves until then, and is lost', async t => {
  const bench = await createTokenBench()
  await bench.signIn({ refreshToken: undefined })
  bench.clock.advance(299)
  t.equal(await bench.token(), bench.issued.accessToken)
  bench.clock.advance(1)
  t.same(await bench.find(), { kind: 'lost' })
})

test('a token without a stated end is taken to live 300 seconds, or without a refresh token as long as the session', async t => {
  const bench = await createTokenBench()
  await bench.signIn({}, { expiresAt: undefined })
  bench.clock.advance(239)
  t.equal(await bench.token(), bench.issued.accessToken)
  bench.clock.advance(1)
  t.not(await bench.token(), bench.issued.accessToken)
  await bench.signIn({ refreshToken: undefined }, { expiresAt: undefined })
  bench.clock.advance(700)
  t.equal(await bench.token(), bench.issued.accessToken)
})

test('expires_in that is 0, absurd or no number makes no token useless', async t => {
  for (const expiresIn of [0, -5, 'soon', null, 1e300, '300', {}, undefined]) {
    const bench = await createTokenBench()
    bench.endpoint.answer = { expires_in: expiresIn }
    bench.clock.advance(300)
    const token = await bench.token()
    t.not(token, bench.issued.accessToken, String(expiresIn))
    bench.clock.advance(200)
    t.equal(await bench.token(), token, String(expiresIn))
  }
})

test('a refresh sends no scope where the token was got for all (RFC 6749, section 6)', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  await bench.find()
  t.same(Object.fromEntries(bench.endpoint.requests[0] ?? []), {
    grant_type: 'refresh_token', refresh_token: bench.issued.refreshToken
  })
})

test('a scope that nobody was asked for needs consent, and no refresh', async t => {
  const bench = await createTokenBench()
  t.same(await bench.find({ scopes: ['mail.read', 'mail.send'], resource: undefined }), {
    kind: 'consent', scopes: [...SCOPES, 'mail.send']
  })
  t.equal(bench.endpoint.requests.length, 0)
})

test('a scope that was asked for but is in no token is asked for with the refresh token, and kept beside the others', async t => {
  const bench = await createTokenBench()
  await bench.signIn({ scopes: [...SCOPES, 'api://x/read'] })
  const wish = { scopes: ['api://x/read'], resource: undefined }
  const token = await bench.token(wish)
  t.equal(bench.endpoint.requests[0]?.get('scope'), 'api://x/read')
  t.equal(await bench.token(wish), token)
  t.equal(await bench.token(), bench.issued.accessToken)
  t.equal(bench.endpoint.granted, 1)
  bench.clock.advance(300)
  t.not(await bench.token(wish), token)
  t.equal(bench.endpoint.requests[1]?.get('scope'), 'api://x/read', 'a narrowed token is refreshed as such')
})

test('each resource has a token of its own (RFC 8707, section 2.2)', async t => {
  const bench = await createTokenBench()
  const [one, two] = ['https://one.example', 'https://two.example'].map(resource => ({ scopes: ['mail.read'], resource }))
  if (one === undefined || two === undefined) throw new Error('unreachable')
  const tokens = [await bench.token(one), await bench.token(two), await bench.token()]
  t.equal(new Set(tokens).size, 3)
  t.same([await bench.token(one), await bench.token(two), await bench.token()], tokens)
  t.same(bench.endpoint.requests.map(form => form.get('resource')), ['https://one.example', 'https://two.example'])
})

test('an answer without a wished scope needs consent, its tokens are kept, and it is not asked for again', async t => {
  const bench = await createTokenBench()
  await bench.signIn({ scopes: [...SCOPES, 'mail.send'] })
  bench.endpoint.answer = { scope: 'openid mail.read' }
  const wish = { scopes: ['mail.send'], resource: undefined }
  t.match(await bench.find(wish), { kind: 'consent', scopes: [...SCOPES, 'mail.send'] })
  t.match(await bench.find(wish), { kind: 'consent' })
  t.equal(bench.endpoint.granted, 1)
  t.not((await bench.grant())?.refreshToken, bench.issued.refreshToken)
})

for (const body of [
  { error: 'invalid_scope' }, { error: 'invalid_target' }, { error: 'consent_required' }, { error: 'interaction_required' },
  { error: 'login_required' }, { error: 'invalid_grant', suberror: 'consent_required' },
  { error: 'invalid_grant', suberror: 'basic_action' }, { error: 'invalid_grant', suberror: 'additional_action' },
  { error: 'invalid_grant', suberror: 'message_only' }, { error: 'invalid_grant', suberror: 'user_password_expired' }
]) {
  test(`${Object.values(body).join(' with ')} is for the person, and takes no session away`, async t => {
    const bench = await createTokenBench()
    bench.clock.advance(300)
    bench.endpoint.next.push(() => json(body, 400))
    t.match(await bench.find(), { kind: 'consent', scopes: SCOPES })
    t.same(bench.events, ['refreshFailed: consentRequired'])
    t.match(await bench.find(), { kind: 'consent' })
    t.equal(bench.endpoint.requests.length, 1, 'and is not asked again')
  })
}

test('a grant that the provider took back is revoked', async t => {
  const bench = await createTokenBench()
  bench.endpoint.revoke(bench.issued.refreshToken)
  bench.clock.advance(300)
  t.same(await bench.find(), { kind: 'revoked' })
  t.same(bench.events, ['refreshFailed: refused'])
  t.same(await bench.find(), { kind: 'revoked' }, 'also for who comes next')
  t.equal(bench.endpoint.requests.length, 1)
})

test('a token that is due but has not ended is given out while the provider does not answer', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(240)
  bench.endpoint.next.push(...Array.from({ length: 3 }, () => () => json({}, 503)))
  t.equal(await bench.token(), bench.issued.accessToken)
  t.same(bench.events, ['refreshFailed: unavailable'])
  bench.endpoint.next.push(...Array.from({ length: 3 }, () => () => json({}, 503)))
  bench.clock.advance(60)
  await t.rejects(bench.find(), unavailable)
  bench.clock.advance(2)
  t.not(await bench.token(), bench.issued.accessToken)
})

test('one that the provider answers for wrongly is told, and the session stays', async t => {
  for (const body of [{ error: 'invalid_client' }, { error: 'unauthorized_client' }]) {
    const bench = await createTokenBench()
    bench.clock.advance(240)
    bench.endpoint.next.push(() => json(body, 401))
    await t.rejects(bench.find(), invalid)
    await t.rejects(bench.find(), invalid, 'also who comes next')
    t.equal(bench.endpoint.requests.length, 1)
    bench.clock.advance(2)
    t.not(await bench.token(), bench.issued.accessToken)
  }
})

test('an outage is remembered for two seconds', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.endpoint.next.push(...Array.from({ length: 3 }, () => () => htmlAnswer(502)))
  await t.rejects(bench.find(), unavailable)
  await t.rejects(bench.find(), unavailable)
  t.equal(bench.endpoint.requests.length, 3)
  bench.clock.advance(2)
  t.not(await bench.token(), bench.issued.accessToken)
  t.equal(bench.endpoint.requests.length, 4)
})

test('a hundred requests for the same token are one, and so is their failure', async t => {
  const bench = await createTokenBench()
  const tokens = bench.process()
  bench.clock.advance(300)
  const ask = async (): Promise<readonly string[]> => await Promise.all(
    Array.from({ length: 100 }, () => tokens.find(bench.handle, MAIL).then(textOf, ({ code }) => String(code))))
  bench.endpoint.next.push(() => json({ error: 'invalid_client' }, 401))
  t.same(new Set(await ask()), new Set([invalid.code]))
  t.equal(bench.endpoint.requests.length, 1)
  bench.clock.advance(2)
  const found = await ask()
  t.equal(new Set(found).size, 1)
  t.equal(bench.endpoint.requests.length, 2)
})

test('different wishes share no answer: each uses the refresh token that the one before it got', async t => {
  const bench = await createTokenBench()
  const tokens = bench.process()
  const wishes = ['https://one.example', 'https://two.example', 'https://three.example']
    .map(resource => ({ scopes: ['mail.read'], resource }))
  const answers = await Promise.all([...wishes, ...wishes].map(wish => tokens.find(bench.handle, wish)))
  t.equal(new Set(answers.map(textOf)).size, 3)
  t.same(answers.map(answer => answer.kind === 'token' && answer.token.resource), [...wishes, ...wishes].map(({ resource }) => resource))
  t.equal(bench.endpoint.granted, 3)
})

test('a wish that needs consent keeps no other from its token', async t => {
  const bench = await createTokenBench()
  const tokens = bench.process()
  bench.clock.advance(300)
  bench.endpoint.next.push(() => json({ error: 'invalid_target' }, 400))
  const answers = await Promise.all([
    tokens.find(bench.handle, { scopes: ['mail.read'], resource: 'https://one.example' }), tokens.find(bench.handle, MAIL)
  ])
  t.same(answers.map(({ kind }) => kind), ['consent', 'token'])
})

test('without a refresh token what was never granted needs consent, also where it was asked for', async t => {
  const bench = await createTokenBench()
  await bench.signIn({ refreshToken: undefined, scopes: [...SCOPES, 'mail.send'] })
  t.match(await bench.find({ scopes: ['mail.send'], resource: undefined }), { kind: 'consent' })
  await bench.signIn({ refreshToken: undefined, accessTokens: [] })
  t.match(await bench.find(), { kind: 'lost' })
})

test('a connection that breaks is tried again, and what the provider did meanwhile takes no session away', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.endpoint.next.push(async request => {
    await bench.endpoint.refresh(request)
    return connectionReset()
  })
  t.same(await bench.find(), { kind: 'lost' }, 'the second try is the second use of the refresh token')
  t.same(await bench.find(), { kind: 'lost' })
  t.equal(bench.endpoint.requests.length, 2, 'which is not used a third time')
})

test('a token that nobody noted the wish of is got anew for all that was configured', async t => {
  const bench = await createTokenBench()
  const { accessTokens: [kept], ...grant } = await bench.grant() ?? { accessTokens: [] }
  const { asked: _, ...unasked } = kept ?? {}
  await bench.signIn({ ...grant, refreshToken: bench.issued.refreshToken, accessTokens: [unasked as never] })
  bench.clock.advance(300)
  t.match(await bench.find(), { kind: 'token', token: { scopes: SCOPES } })
  t.notOk(bench.endpoint.requests[0]?.has('scope'))
})

test('who waited 12 seconds behind another wish gives up', async t => {
  const bench = await createTokenBench()
  const tokens = bench.process()
  bench.clock.advance(300)
  bench.endpoint.next.push(request => {
    bench.clock.advance(12)
    return bench.endpoint.refresh(request)
  })
  const [first, second] = await Promise.allSettled([
    tokens.find(bench.handle, MAIL), tokens.find(bench.handle, { scopes: ['mail.read'], resource: 'https://api.example' })
  ])
  t.match(first, { value: { kind: 'token' } })
  t.match(second, { reason: unavailable })
  t.equal(bench.endpoint.requests.length, 1)
})

test('a session that ended behind another wish is lost', async t => {
  const bench = await createTokenBench()
  const tokens = bench.process()
  bench.clock.advance(300)
  bench.endpoint.next.push(async () => {
    await bench.vault.forget(bench.handle)
    return json({ error: 'invalid_target' }, 400)
  })
  const answers = await Promise.all([
    tokens.find(bench.handle, { scopes: ['mail.read'], resource: 'https://api.example' }), tokens.find(bench.handle, MAIL)
  ])
  t.same(answers.map(({ kind }) => kind), ['consent', 'lost'])
})

test('no error and no event shows a token of an answer that was refused', async t => {
  for (const answer of [{ token_type: undefined }, { token_type: 'DPoP' }, { token_type: 5 }]) {
    const bench = await createTokenBench()
    bench.endpoint.answer = { access_token: 'the-access-token', refresh_token: 'the-refresh-token', ...answer }
    bench.clock.advance(300)
    const error: unknown = await bench.find().catch((reason: unknown) => reason)
    t.match(error, invalid)
    t.match(bench.told, [{ name: 'refreshFailed', error: invalid }])
    const shown = inspect([error, bench.told], { depth: Infinity, showHidden: true })
    t.notMatch(shown, /the-(access|refresh)-token/, JSON.stringify(answer))
  }
})

test('services whose scopes have the same name share no token, and take none away from one another', async t => {
  const bench = await createTokenBench()
  const [one, two] = [{ scopes: ['api://one/read'], resource: undefined }, { scopes: ['api://two/read'], resource: undefined }]
  const asked = ['api://one/read', 'api://two/read', ...SCOPES]
  await bench.signIn({ scopes: asked }, { asked, scopes: ['read', 'openid'] })
  bench.endpoint.answer = { scope: 'read' }
  t.equal(await bench.token(one), bench.issued.accessToken)
  const other = await bench.token(two)
  t.not(other, bench.issued.accessToken)
  t.equal(bench.endpoint.requests[0]?.get('scope'), 'api://two/read')
  t.same([await bench.token(one), await bench.token(two)], [bench.issued.accessToken, other])
  t.equal(bench.endpoint.requests.length, 1)
})

test('narrowed tokens of two services whose scopes have the same name live beside one another', async t => {
  const bench = await createTokenBench()
  const wishes = ['api://one/read', 'api://two/read'].map(scope => ({ scopes: [scope], resource: undefined }))
  await bench.signIn({ scopes: [...SCOPES, 'api://one/read', 'api://two/read'] })
  bench.endpoint.answer = { scope: 'read' }
  const tokens: string[] = []
  for (const wish of [...wishes, ...wishes]) tokens.push(await bench.token(wish))
  t.equal(new Set(tokens).size, 2)
  t.equal(bench.endpoint.requests.length, 2)
})

test('whoever names no scope gets the token of the sign-in, also where one for a service lives longer', async t => {
  const bench = await createTokenBench()
  await bench.signIn({ scopes: [...SCOPES, 'api://x/read'] })
  bench.clock.advance(100)
  bench.endpoint.answer = { scope: 'openid mail.read offline_access api://x/read' }
  const other = await bench.token({ scopes: ['api://x/read'], resource: undefined })
  for (const scopes of [[], ['openid']]) t.equal(await bench.token({ scopes, resource: undefined }), bench.issued.accessToken)
  bench.clock.advance(300)
  const next = await bench.token({ scopes: [], resource: undefined })
  t.not(next, other)
  t.equal(bench.endpoint.requests.at(-1)?.get('scope'), null)
})

/** A refresh that is under way until the test lets it go on. */
async function heldRefresh () {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  const tokens = bench.process()
  let goOn = (): void => {}
  const mayGoOn = new Promise<void>(resolve => { goOn = resolve })
  const begun = new Promise<void>(resolve => {
    bench.endpoint.next.push(async request => {
      resolve()
      await mayGoOn
      return await bench.endpoint.refresh(request)
    })
  })
  const asking = tokens.find(bench.handle, MAIL)
  await begun
  return { bench, tokens, asking, goOn }
}

test('an end of the process waits for a refresh, whose tokens nobody else would know', async t => {
  const { bench, tokens, asking, goOn } = await heldRefresh()
  let isSettled = false
  const settling = tokens.settle().then(() => { isSettled = true })
  await setImmediate()
  t.equal(isSettled, false)
  goOn()
  await settling
  t.equal((await bench.grant())?.accessTokens[0]?.accessToken, textOf(await asking))
  await tokens.settle()
})

test('it does not wait until another process may refresh', async t => {
  const start = globalThis.setTimeout
  t.intercept(globalThis, 'setTimeout', {
    value (work: () => void, milliseconds: number) {
      if (milliseconds !== 15_000) return start(work, milliseconds)
      const timer = start(work, 0)
      return Object.assign(timer, { unref: () => timer }) // Nothing else keeps this process alive.
    }
  })
  const { tokens, asking, goOn } = await heldRefresh()
  await tokens.settle()
  goOn()
  t.match(await asking, { kind: 'token' })
})

test('whoever names no service means that of the sign-in (RFC 8707)', async t => {
  const [one, two] = ['https://one.example', 'https://two.example']
  const bench = await createTokenBench({ resource: [one, two] })
  await bench.signIn({}, { resource: one })
  const { accessToken } = bench.issued
  const any = { scopes: [], resource: undefined }
  t.equal(await bench.token(any), accessToken)
  t.equal(await bench.token({ scopes: ['mail.read'], resource: one }), accessToken)
  const other = await bench.token({ scopes: [], resource: two })
  t.not(other, accessToken)
  t.equal(await bench.token({ scopes: [], resource: two }), other)
  bench.clock.advance(240)
  t.not(await bench.token(any), accessToken)
  t.same(bench.endpoint.requests.map(form => form.get('resource')), [two, one])
})

test('a narrower token for the service of the sign-in takes not its place', async t => {
  const one = 'https://one.example'
  const bench = await createTokenBench({ resource: one })
  await bench.signIn({ scopes: [...SCOPES, 'mail.send'] }, { resource: one })
  bench.clock.advance(10)
  const narrow = await bench.token({ scopes: ['mail.send'], resource: undefined })
  t.not(narrow, bench.issued.accessToken)
  t.equal(await bench.token({ scopes: [], resource: one }), bench.issued.accessToken)
})

test('tokens of before DPoP was switched on, or off, are given to nobody', async t => {
  const dpopKey = dpopKeyFrom('x'.repeat(32))
  for (const [dpop, grant] of [[true, {}], [false, { dpopKey }]] as const) {
    const bench = await createTokenBench({ dpop })
    await bench.signIn(grant)
    t.same(await bench.find(), { kind: 'lost' })
    bench.clock.advance(300)
    t.same(await bench.find(), { kind: 'lost' })
    t.equal(bench.endpoint.requests.length, 0)
  }
})

test('a nonce that is wanted counts for no use of the refresh token, whatever comes of it', async t => {
  const dpopKey = dpopKeyFrom('x'.repeat(32))
  const wantsNonce = () => json({ error: 'use_dpop_nonce' }, 400, { 'dpop-nonce': 'given' })
  const bench = await createTokenBench({ dpop: true })
  await bench.signIn({ dpopKey })
  bench.endpoint.answer = { token_type: 'DPoP' }
  bench.clock.advance(300)
  bench.endpoint.next.push(wantsNonce)
  const processes = Array.from({ length: 3 }, () => bench.process())
  const answers = await Promise.all(processes.map(tokens => tokens.find(bench.handle, MAIL)))
  t.equal(new Set(answers.map(textOf)).size, 1)
  t.match(answers[0], { kind: 'token', token: { tokenType: 'DPoP', fetch: Function } })
  t.equal(bench.endpoint.granted, 1)
  t.equal(bench.endpoint.requests.length, 2)

  bench.clock.advance(300)
  bench.endpoint.next.push(wantsNonce, wantsNonce)
  await t.rejects(bench.find(), { code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' })
  bench.clock.advance(3)
  bench.endpoint.next.push(wantsNonce, () => json({ error: 'invalid_grant' }, 400))
  t.same(await bench.find(), { kind: 'revoked' }, 'it was never spent, so the refusal is believed')
})
