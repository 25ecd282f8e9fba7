import { test, type Test } from 'tap'
import { StoreUnavailable } from '../../../lib/errors.ts'
import { AccessTokens } from '../../../lib/oidc/tokens/access-tokens.ts'
import { PATIENCE } from '../../../lib/oidc/tokens/patience.ts'
import { digestOfToken, RefreshNotices } from '../../../lib/oidc/tokens/refresh-notices.ts'
import { look } from '../../../lib/oidc/tokens/refresh-view.ts'
import { type TokenVault } from '../../../lib/oidc/tokens/token-vault.ts'
import { connectionReset, htmlAnswer, json } from '../_scripted-provider.ts'
import { createTokenBench, MAIL, textOf, type TokenBench } from '../_token-bench.ts'

const unavailable = { code: 'FST_LOGIN_PROVIDER_UNAVAILABLE' }

/** Something that a test waits for, and lets happen. */
function createGate (): { readonly isOpen: Promise<void>, readonly open: () => void } {
  let open = (): void => {}
  const isOpen = new Promise<void>(resolve => { open = resolve })
  return { isOpen, open }
}

/** A vault whose next reads give what it holds now, whatever is written, as a replica does that lags behind. */
async function frozen (bench: TokenBench, reads: number): Promise<TokenVault> {
  const kept = await bench.vault.find(bench.handle)
  const stale = Object.create(bench.vault) as TokenVault
  const { vault } = bench
  return Object.assign(stale, {
    find: async (handle: string) => reads-- > 0 ? kept : await vault.find(handle),
    replace: vault.replace.bind(vault),
    sealNotice: vault.sealNotice.bind(vault),
    openNotice: vault.openNotice.bind(vault)
  })
}

test('processes that share a store use a refresh token once, and all get the token', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  const processes = Array.from({ length: 5 }, () => bench.process())
  const answers = await Promise.all(processes.map(tokens => tokens.find(bench.handle, MAIL)))
  t.equal(new Set(answers.map(textOf)).size, 1)
  t.match(answers[0], { kind: 'token' })
  t.equal(bench.endpoint.requests.length, 1)
  t.same(bench.events, ['refreshed'])
})

for (const seconds of [0.04, 5, 25]) {
  test(`who comes ${seconds} seconds later with what was read before gets the token of the winner`, async t => {
    const bench = await createTokenBench()
    const before = await frozen(bench, 2)
    bench.clock.advance(300)
    const winner = await bench.token()
    bench.clock.advance(seconds)
    t.equal(textOf(await bench.process({ vault: before }).find(bench.handle, MAIL)), winner)
    t.equal(bench.endpoint.requests.length, 1)
  })

  test(`so does who read ${seconds} seconds before, and reads again`, async t => {
    const bench = await createTokenBench()
    const [reached, gate] = [createGate(), createGate()]
    bench.clock.advance(300)
    bench.store.before.set('add', async () => {
      bench.store.before.delete('add')
      reached.open()
      await gate.isOpen
    })
    const late = bench.find()
    await reached.isOpen
    const winner = await bench.token()
    bench.clock.advance(seconds)
    gate.open()
    t.equal(textOf(await late), winner)
    t.equal(bench.endpoint.requests.length, 1)
  })
}

test('who comes late with what was read before, to a token that has ended by then, goes on with the next refresh token', async t => {
  const bench = await createTokenBench()
  bench.endpoint.answer = { expires_in: 10 }
  const before = await frozen(bench, 3)
  bench.clock.advance(300)
  const winner = await bench.token()
  bench.clock.advance(25)
  const late = await bench.process({ vault: before }).find(bench.handle, MAIL)
  t.match(late, { kind: 'token' })
  t.not(textOf(late), winner)
  t.equal(textOf(late), await bench.token(), 'and it is kept')
  t.equal(bench.endpoint.granted, 2)
})

test('a token that lives ten seconds is refreshed when eight are over, also where the refresh token stays the same', async t => {
  const bench = await createTokenBench()
  bench.endpoint.isRotating = false
  bench.endpoint.answer = { expires_in: 10 }
  bench.clock.advance(300)
  const first = await bench.token()
  t.equal((await bench.grant())?.refreshToken, bench.issued.refreshToken, 'the old refresh token goes on (RFC 6749, section 6)')
  bench.clock.advance(7)
  t.equal(await bench.token(), first)
  bench.clock.advance(1)
  const second = await bench.token()
  t.not(second, first)
  t.equal(await bench.token(), second)
})

test('a waiter gives up after 12 seconds, and never uses the refresh token itself', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  await bench.store.add(`refresh-lock:${digestOfToken(bench.issued.refreshToken)}`, 'other', { expiresAt: bench.clock.now() + 15_000 })
  const at = bench.clock.now()
  await t.rejects(bench.find(), unavailable)
  const waited = bench.clock.now() - at
  t.ok(waited >= 12_000 && waited <= 12_500, String(waited))
  t.equal(bench.endpoint.requests.length, 0)
  bench.clock.advance(3)
  t.match(await bench.find(), { kind: 'token' }, 'the lock of who died opens by itself')
})

async function killedDuringRefresh (t: Test, wasUsed: boolean): Promise<TokenBench> {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  const gate = createGate()
  bench.endpoint.next.push(async request => {
    if (wasUsed) await bench.endpoint.refresh(request)
    gate.open()
    return await new Promise(() => {})
  })
  bench.find().catch(t.error)
  await gate.isOpen
  return bench
}

test('a process that died before the provider saw its request is followed by one that refreshes', async t => {
  const bench = await killedDuringRefresh(t, false)
  await t.rejects(bench.find(), unavailable)
  t.match(await bench.find(), { kind: 'token' })
})

test('a process that died before it wrote leaves a session without tokens, but not one that was revoked', async t => {
  const bench = await killedDuringRefresh(t, true)
  bench.clock.advance(600)
  t.same(await bench.find(), { kind: 'lost' })
  t.same(await bench.find(), { kind: 'lost' })
  t.equal(bench.endpoint.requests.length, 2, 'the refresh token is not sent again')
  t.same(bench.events, ['refreshFailed: refused'])
})

test('the refresh token is noted as sent before it is', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  const key = `refresh:${digestOfToken(bench.issued.refreshToken)}`
  let noted: string | undefined
  bench.endpoint.next.push(async request => {
    noted = (await bench.store.get(key))?.value
    return await bench.endpoint.refresh(request)
  })
  await bench.find()
  t.equal(noted, 'sent')
})

test('a store that takes no note keeps the refresh token from being sent', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.store.before.set('set', () => { throw new Error('full') })
  await t.rejects(bench.find(), { message: 'full' })
  t.equal(bench.endpoint.requests.length, 0)
})

test('an answer that says that nothing was done leaves no note', async t => {
  for (const answer of [() => json({}, 503), () => json({ error: 'slow_down' }, 400)]) {
    const bench = await createTokenBench()
    bench.clock.advance(300)
    bench.endpoint.next.push(answer, answer, answer)
    await t.rejects(bench.find(), unavailable)
    bench.clock.advance(2)
    bench.endpoint.revoke(bench.issued.refreshToken)
    t.same(await bench.find(), { kind: 'revoked' })
  }
})

test('after an answer that says nothing of what was done, invalid_grant is no proof', async t => {
  for (const answer of [connectionReset, () => htmlAnswer(502), () => htmlAnswer(200), () => json(null)]) {
    const bench = await createTokenBench()
    bench.clock.advance(300)
    bench.endpoint.next.push(answer, answer, answer)
    await t.rejects(bench.find())
    bench.endpoint.next.length = 0
    bench.clock.advance(2)
    bench.endpoint.revoke(bench.issued.refreshToken)
    t.same(await bench.find(), { kind: 'lost' })
  }
})

test('invalid_grant is believed only after a second look: who was faster has written by then', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.endpoint.next.push(async request => {
    // The lock ran out on a process that slept; another was awake.
    bench.clock.advance(16)
    await bench.process().find(bench.handle, MAIL)
    return await bench.endpoint.refresh(request)
  })
  t.equal(await bench.token(), textOf({ kind: 'token', token: (await bench.grant())?.accessTokens[0], grant: await bench.grant() } as never))
  t.same(bench.events, ['refreshed'])
})

test('a session that ended during the refresh keeps nothing, and its new tokens are handed on', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.endpoint.next.push(async request => {
    await bench.vault.take(bench.handle)
    return await bench.endpoint.refresh(request)
  })
  t.same(await bench.find(), { kind: 'lost' })
  t.equal(bench.orphans.length, 1)
  t.not(bench.orphans[0]?.refreshToken, bench.issued.refreshToken)
  t.equal(await bench.store.get(`refresh:${digestOfToken(bench.issued.refreshToken)}`), undefined)
  t.equal(await bench.grant(), undefined)
})

test('a store that fails after the provider answered is written to again, and nothing is lost', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  let failures = 10
  bench.store.before.set('replace', () => {
    if (failures-- > 0) throw new Error('down')
    return Promise.resolve()
  })
  const token = await bench.token()
  t.equal(await bench.token(), token)
  t.same(bench.events, ['refreshed'])
})

test('a store that stays down has the token given out all the same, and the loss told', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.store.before.set('replace', () => { throw new Error('down') })
  const at = bench.clock.now()
  t.match(await bench.find(), { kind: 'token' })
  t.ok(bench.clock.now() - at <= 15_000, 'no longer than the lock lasts')
  t.same(bench.events, ['refreshFailed: unavailable'])
  t.match(bench.told[0]?.['error'], { code: 'FST_LOGIN_STORE_UNAVAILABLE', cause: { message: 'down' } })
  bench.store.before.delete('replace')
  t.same(await bench.find(), { kind: 'lost' }, 'later the refresh token is known to be spent')
})

test('a write that failed but was done counts as done', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  let failures = 1
  bench.store.before.set('set', () => {
    // The note, then the result.
    if (failures-- === 0) throw new Error('timed out')
    return Promise.resolve()
  })
  const token = await bench.token()
  t.equal(await bench.token(), token)
  t.equal((await bench.grant())?.accessTokens[0]?.accessToken, token)
})

test('a lock that cannot be opened ends by itself', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.store.before.set('delete', () => { throw new Error('down') })
  t.match(await bench.find(), { kind: 'token' })
})

test('while the store takes no lock a token that is due but has not ended is given out', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(240)
  bench.store.before.set('add', () => { throw new StoreUnavailable() })
  t.equal(await bench.token(), bench.issued.accessToken)
  bench.clock.advance(60)
  await t.rejects(bench.find(), { code: 'FST_LOGIN_STORE_UNAVAILABLE' })
  t.equal(bench.endpoint.requests.length, 0)
})

test('tokens that are written anew all the time are given out, and their loss is told', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  const busy = await frozen(bench, Infinity)
  busy.replace = async () => undefined
  t.match(await bench.process({ vault: busy }).find(bench.handle, MAIL), { kind: 'token' })
  t.same(bench.events, ['refreshFailed: unavailable'])
})

test('who wrote another refresh token meanwhile knows a later one', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.endpoint.next.push(async request => {
    await bench.signIn({ refreshToken: 'a later one' })
    return await bench.endpoint.refresh(request)
  })
  t.match(await bench.find(), { kind: 'token' })
  t.equal((await bench.grant())?.refreshToken, 'a later one')
})

test('no more refreshes are followed than there can be', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  const notices = new RefreshNotices(bench.vault, bench.store, bench.clock.now)
  const grant = await bench.grant()
  if (grant === undefined) throw new Error('nothing was kept')
  for (const [from, to] of [['one', 'two'], ['two', 'one']] as const) {
    await notices.tell(digestOfToken(from), { kind: 'granted', grant: { ...grant, refreshToken: to } })
  }
  await bench.vault.keep(bench.session, { ...grant, refreshToken: 'one' })
  const view = await look(bench.vault, notices, bench.handle)
  t.equal(view?.grant.refreshToken, 'two')
})

test('the clocks of processes may differ by seconds', async t => {
  for (const ahead of [-4, 4]) {
    const bench = await createTokenBench()
    const other = new AccessTokens({
      provider: { ...bench.provider, now: () => bench.clock.now() + ahead * 1000 },
      vault: bench.vault,
      store: bench.store,
      events: { emit () {} } as never,
      patience: bench.patience
    })
    bench.clock.advance(300)
    const [one, two] = await Promise.all([bench.process().find(bench.handle, MAIL), other.find(bench.handle, MAIL)])
    t.equal(textOf(one), textOf(two))
    t.equal(bench.endpoint.requests.length, 1)
  }
})

test('a refreshed ID token that is faulty makes the refresh fail, but the new refresh token is kept', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.endpoint.answer = { id_token: await bench.scripted.idToken({ sub: 'mallory' }) }
  await t.rejects(bench.find(), { code: 'FST_LOGIN_PROVIDER_ANSWER_INVALID' })
  const grant = await bench.grant()
  t.not(grant?.refreshToken, bench.issued.refreshToken)
  t.equal(grant?.idToken, bench.issued.idToken)
  t.equal(grant?.claims, undefined)
  t.equal(grant?.accessTokens[0]?.accessToken, bench.issued.accessToken)
  t.same(bench.events, ['refreshFailed: unavailable'])
  bench.endpoint.answer = {}
  bench.clock.advance(2)
  t.match(await bench.find(), { kind: 'token' })
})

test('one whose session ended meanwhile is handed on too', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.endpoint.answer = { id_token: 'no token' }
  bench.endpoint.next.push(async request => {
    await bench.vault.take(bench.handle)
    return await bench.endpoint.refresh(request)
  })
  t.same(await bench.find(), { kind: 'lost' })
  t.equal(bench.orphans.length, 1)
})

test('claims of a refreshed ID token come with the grant; without one the old one stays', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.scripted.claims = { name: 'Alice B.' }
  t.match(await bench.find(), { grant: { claims: { sub: 'alice', name: 'Alice B.' } } })
  bench.clock.advance(300)
  bench.endpoint.answer = { id_token: undefined }
  t.match(await bench.find(), { kind: 'token', grant: { claims: { name: 'Alice B.' } } })
})

test('what the login proved goes on where a refreshed ID token does not tell it', async t => {
  const bench = await createTokenBench()
  bench.scripted.claims = { acr: 'gold', amr: ['otp'] }
  await bench.signIn()
  bench.scripted.claims = { nonce: 'the nonce' }
  for (let refresh = 0; refresh < 2; refresh++) {
    bench.clock.advance(300)
    t.match(await bench.find(), { grant: { claims: { acr: 'gold', amr: ['otp'], auth_time: Number } } })
  }
  bench.scripted.claims = { acr: 'silver' }
  bench.clock.advance(300)
  t.match(await bench.find(), { grant: { claims: { acr: 'silver' } } })
})

test('time is measured by a clock that never goes back, and spent by timers', async t => {
  const before = PATIENCE.now()
  await PATIENCE.wait(1)
  t.ok(PATIENCE.now() > before)
})

test('without a bench of its own a process uses the real clock', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  const { provider, vault, store } = bench
  const tokens = new AccessTokens({ provider, vault, store, events: { emit () {} } as never })
  t.match(await tokens.find(bench.handle, MAIL), { kind: 'token' })
})

test('a session that ends while somebody waits is lost, and its refresh token not used', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.store.before.set('add', async () => { await bench.vault.forget(bench.handle) })
  t.same(await bench.find(), { kind: 'lost' })
  t.equal(bench.endpoint.requests.length, 0)
})

test('what only the person can cure is told to processes that wait', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.endpoint.next.push(() => json({ error: 'interaction_required' }, 400))
  const answers = await Promise.all([bench.process(), bench.process()].map(tokens => tokens.find(bench.handle, MAIL)))
  t.same(answers.map(({ kind }) => kind), ['consent', 'consent'])
  t.equal(bench.endpoint.requests.length, 1)
})

test('a refresh token that may be spent takes no token away that is still good', async t => {
  const bench = await createTokenBench()
  const resource = 'https://api.example'
  const wish = { scopes: ['mail.read'], resource }
  bench.clock.advance(200)
  const token = await bench.token(wish)
  bench.clock.advance(100)
  bench.endpoint.revoke(bench.issued.refreshToken)
  bench.endpoint.next.push(connectionReset)
  t.same(await bench.find(), { kind: 'lost' })
  t.equal(await bench.token(wish), token)
})

test('a process that slept after it had locked sends no refresh token that others may be using', async t => {
  const bench = await createTokenBench()
  bench.clock.advance(300)
  bench.store.before.set('set', async () => {
    bench.store.before.delete('set')
    bench.clock.advance(4.1)
  })
  await t.rejects(bench.find(), unavailable)
  t.equal(bench.endpoint.requests.length, 0)
  bench.clock.advance(2)
  t.match(await bench.find(), { kind: 'token' })
})
