import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { authenticate, type AuthenticateOptions, ProgramToken, TokenFile } from '../../lib/client/index.ts'
import {
  codes, METADATA, metadataOf, refusal, type Reply, type ScriptedServer, startScripted, tokens
} from './_scripted-server.ts'
import { setVariable } from './_set-variable.ts'

const NOW = 1_700_000_000_000

interface Bench extends ScriptedServer {
  readonly path: string
  readonly file: TokenFile
  readonly notices: readonly string[]
  login (options?: AuthenticateOptions): Promise<ProgramToken>
  keep (expiresIn: number, refreshToken?: string): Promise<void>
  kept (): Promise<ProgramToken | undefined>
}

/** A browser in which a person agrees at once. */
async function agree (address: string): Promise<boolean> {
  const { origin, searchParams } = new URL(address)
  const answer = new URLSearchParams({ code: 'c', state: String(searchParams.get('state')), iss: origin })
  await fetch(`${searchParams.get('redirect_uri')}?${answer}`)
  return true
}

async function start (
  t: Test, script: Readonly<Record<string, readonly Reply[]>> = {}, metadata: object = {}
): Promise<Bench> {
  const scripted = await startScripted(t, origin => ({
    [METADATA]: [{ body: { ...metadataOf(origin), ...metadata } }], '/token': [{ body: tokens }], ...script
  }))
  const path = join(t.testdir(), 'own/tokens.json')
  const notices: string[] = []
  const file = new TokenFile(path, { now: () => NOW })
  const key = { issuer: scripted.origin, clientId: 'cli', scopes: [] }
  return {
    ...scripted,
    path,
    file,
    notices,
    login: options => authenticate(scripted.origin, {
      file: path,
      interactive: true,
      now: () => NOW,
      openBrowser: agree,
      onPrompt () {},
      onNotice (text) { notices.push(text) },
      ...options
    }),
    keep: (expiresIn, refreshToken) => file.put(key, new ProgramToken({
      accessToken: 'the-kept', refreshToken, scopes: [], expiresAt: NOW / 1000 + expiresIn
    })),
    kept: () => file.get(key)
  }
}

test('a token that lives for more than a minute is taken as it is, and nobody is asked', async t => {
  const { login, keep, asked } = await start(t)
  await keep(61)
  t.match(await login({ interactive: false }), { accessToken: 'the-kept', headers: { authorization: 'Bearer the-kept' } })
  t.same(asked, [])
})

test('one that ends sooner is refreshed, and what comes is kept (RFC 6749, section 6)', async t => {
  const { login, keep, kept, of } = await start(t)
  await keep(60, 'the-first')
  const token = await login({ interactive: false })
  t.strictSame(JSON.parse(JSON.stringify(token)), {
    accessToken: 'the-access-token',
    tokenType: 'Bearer',
    expiresAt: NOW / 1000 + 600,
    refreshToken: 'the-next',
    scopes: ['reports.read'],
    headers: { authorization: 'Bearer the-access-token' }
  })
  t.same(await kept(), token)
  t.same(Object.fromEntries(of('/token')[0]?.form ?? []), { grant_type: 'refresh_token', refresh_token: 'the-first', client_id: 'cli' })
  await login({ interactive: false })
  t.equal(of('/token').length, 1)
})

test('a server that gives no next refresh token leaves the one there is', async t => {
  const { login, keep } = await start(t, { '/token': [{ body: { ...tokens, refresh_token: undefined } }] })
  await keep(0, 'the-first')
  t.match(await login(), { accessToken: 'the-access-token', refreshToken: 'the-first' })
})

test('a refresh token that is spent is forgotten, and then a person is needed', async t => {
  const { login, keep, kept } = await start(t, { '/token': [refusal('invalid_grant'), { body: tokens }] })
  await keep(0, 'the-first')
  await t.rejects(login({ interactive: false }), { code: 'PERSON_NEEDED', message: /fastify-login login http:/ })
  t.equal(await kept(), undefined)
  t.match(await login({ flow: 'browser' }), { accessToken: 'the-access-token' })
  t.ok(await kept())
})

test('an outage loses nothing, and is called one', async t => {
  const replies: readonly Reply[] = ['drop', { status: 503, body: '' }, refusal('temporarily_unavailable'), { status: 429, body: {} }]
  for (const path of ['/token', METADATA]) {
    for (const reply of path === METADATA ? replies.filter(one => one !== replies[2]) : replies) {
      const { login, keep, path: file } = await start(t, { [path]: [reply] })
      await keep(0, 'the-first')
      const before = await readFile(file, 'utf8')
      await t.rejects(login(), { code: 'UNAVAILABLE' })
      t.equal(await readFile(file, 'utf8'), before)
      t.same(await readdir(join(file, '..')), ['tokens.json'])
    }
  }
})

test('a server that refuses the program, or answers nonsense, loses nothing either', async t => {
  for (const [reply, code] of [[refusal('invalid_client'), 'REFUSED'], [{ body: { token_type: 'bearer' } }, 'ANSWER_INVALID']] as const) {
    const { login, keep, kept } = await start(t, { '/token': [reply] })
    await keep(0, 'the-first')
    await t.rejects(login(), { code })
    t.equal((await kept())?.refreshToken, 'the-first')
  }
})

test('where nobody can be asked, nobody is', async t => {
  const { login, keep, asked, origin, path } = await start(t)
  await t.rejects(login({ interactive: false }), {
    code: 'PERSON_NEEDED', message: `in a terminal: npx fastify-login login ${origin} --file ${path}`
  })
  const wish = { clientId: "bob's", scopes: ['reports.read', 'a$b', 'offline_access'], interactive: false }
  await t.rejects(login(wish), {
    message: `login ${origin} --client-id 'bob'\\''s' --scope reports.read --scope 'a$b' --scope offline_access --file ${path}`
  }, 'with other scopes the token would be kept as another one')
  setVariable(t, 'FASTIFY_LOGIN_TOKEN_FILE', path)
  await t.rejects(login({ interactive: false }), { message: /npx fastify-login login http:\S+$/ })
  await t.rejects(login({ interactive: false, file: false }), { message: /nobody can be asked here\.$/ })
  await t.rejects(login({ interactive: false, clientId: 'a\u001b[2Jb' }), { message: /'a\\u\{1b\}\[2Jb'/ })
  await keep(30)
  await t.rejects(login({ interactive: false }), { code: 'PERSON_NEEDED' })
  await writeFile(path, '{')
  await t.rejects(login({ interactive: false, force: true }), { code: 'PERSON_NEEDED' })
  t.equal(await readFile(path, 'utf8'), '{')
  t.same(asked, [])
})

test('with force a person signs in anew, and a file that cannot be used is moved aside', async t => {
  const { login, keep, kept, path, notices, of } = await start(t)
  await keep(600, 'the-first')
  await login({ force: true, flow: 'browser' })
  t.equal((await kept())?.accessToken, 'the-access-token')
  t.equal(of('/token')[0]?.form.get('grant_type'), 'authorization_code')
  t.same(notices, [])
  await writeFile(path, '{')
  await t.rejects(login(), { code: 'FILE_UNUSABLE' })
  await login({ force: true, flow: 'browser' })
  t.match(notices, [/^The token file could not be used. It is .*unusable-/])
  t.ok(await kept())
})

test('a code on any device comes first, and the browser where there is none', async t => {
  const device = await start(t, { '/device': [{ body: { ...codes, interval: 0.1 } }] })
  await device.login()
  t.match(device.of('/token')[0]?.form.get('grant_type'), 'device_code')
  const replies = [refusal('unsupported_grant_type'), refusal('unauthorized_client'), { status: 503, body: '' }, { status: 404, body: '' }]
  for (const reply of replies) {
    const bench = await start(t, { '/device': [reply] })
    await bench.login()
    t.equal(bench.of('/token')[0]?.form.get('grant_type'), 'authorization_code')
    t.equal(bench.of('/device').length, 1)
  }
  const without = await start(t, {}, { device_authorization_endpoint: undefined })
  await without.login()
  t.same(without.of('/device'), [])
  const refused = await start(t, { '/device': [refusal('invalid_scope')] })
  await t.rejects(refused.login(), { code: 'REFUSED', message: /invalid_scope/ })
})

test('who wants one flow gets that one', async t => {
  const device = await start(t, { '/device': [{ body: { ...codes, interval: 0.1 } }] })
  await device.login({ flow: 'browser' })
  t.same(device.of('/device'), [])
  const none = await start(t, { '/device': [refusal('unsupported_grant_type')] })
  await t.rejects(none.login({ flow: 'device' }), { code: 'REFUSED', message: /unsupported_grant_type/ })
})

test('a program with a secret proves itself by HTTP Basic', async t => {
  const { login, of } = await start(t)
  await login({ flow: 'browser', clientId: 'site', clientSecret: 'a:b' })
  t.equal(of('/token')[0]?.headers.authorization, `Basic ${Buffer.from('site:a%3Ab').toString('base64')}`)
})

test('the signal of the caller ends it, and gives the lock back', async t => {
  const { login, asked } = await start(t)
  await t.rejects(login({ signal: AbortSignal.abort() }), { code: 'CANCELLED' })
  t.same(asked, [])
  for (const path of [METADATA, '/token']) {
    const bench = await start(t, { [path]: ['hang'] })
    await bench.keep(0, 'the-first')
    const stopped = new AbortController()
    const waiting = bench.login({ signal: stopped.signal })
    while (bench.of(path).length === 0) await new Promise(resolve => setImmediate(resolve))
    stopped.abort()
    await t.rejects(waiting, { code: 'CANCELLED' })
    t.same(await readdir(join(bench.path, '..')), ['tokens.json'])
  }
})

test('metadata may lie in three places, and must be those of the host', async t => {
  const hidden = { status: 200, type: 'text/html', body: '<p>my application</p>' }
  for (const place of ['/.well-known/oauth-authorization-server/a/b', '/a/b/.well-known/oauth-authorization-server', '/a/b/.well-known/openid-configuration']) {
    const scripted = await startScripted(t, origin => ({
      '/.well-known/oauth-authorization-server/a/b': [hidden],
      [place]: [{ body: { ...metadataOf(origin), issuer: `${origin}/a/b`, authorization_response_iss_parameter_supported: false } }],
      '/token': [{ body: tokens }]
    }))
    const openBrowser = async (address: string): Promise<boolean> => {
      const { searchParams } = new URL(address)
      await fetch(`${searchParams.get('redirect_uri')}?code=c&state=${searchParams.get('state')}`)
      return true
    }
    const options: AuthenticateOptions = { file: false, flow: 'browser', interactive: true, openBrowser, onPrompt () {} }
    t.ok(await authenticate(`${scripted.origin}/a/b`, options), place)
  }
  for (const metadata of [{ issuer: 'https://evil.example' }, { token_endpoint: 'http://evil.example/token' }, { token_endpoint: undefined }]) {
    const { login, of } = await start(t, {}, metadata)
    await t.rejects(login(), { code: 'ANSWER_INVALID' })
    t.same(of('/device'), [])
  }
  const nothing = await start(t, { [METADATA]: [{ status: 302, body: '' }] })
  await t.rejects(nothing.login(), { code: 'ANSWER_INVALID', message: /no metadata/ })
  t.equal(nothing.asked.length, 2)
})

test('a file that cannot be written is found before anybody signs in', async t => {
  const { login, path, of } = await start(t)
  await mkdir(join(path, '..'), { mode: 0o700 })
  await symlink('elsewhere', path)
  await t.rejects(login({ force: false }), { code: 'FILE_UNUSABLE', message: /symbolic link/ })
  await rm(path)
  await writeFile(`${path}.lock`, 'theirs')
  const stopped = new AbortController()
  const waiting = login({
    signal: stopped.signal,
    fetch: async (...request) => {
      setTimeout(() => { stopped.abort() }, 200)
      return await fetch(...request)
    }
  })
  await t.rejects(waiting, { code: 'CANCELLED' })
  t.same(of('/device'), [])
})

test('a token that cannot be kept in the end is given all the same, with a word about it', async t => {
  const { login, path, notices } = await start(t)
  const token = await login({
    flow: 'browser',
    async openBrowser (address) {
      await writeFile(path, '{', { mode: 0o600 })
      return await agree(address)
    }
  })
  t.equal(token.accessToken, 'the-access-token')
  t.match(notices, [/^The token could not be kept. The token file .*half written/])
})

test('a refreshed token that cannot be kept is given all the same: the one before is spent', async t => {
  const { login, keep, path, notices } = await start(t)
  await keep(0, 'the-first')
  const token = await login({
    async fetch (input, init) {
      if (String(input).endsWith('/token')) await writeFile(`${path}.lock`, 'theirs')
      return await fetch(input, init)
    }
  })
  t.equal(token.accessToken, 'the-access-token')
  t.match(notices, [/^The new token could not be kept/])
})

test('what another process kept meanwhile is taken', async t => {
  const { login, keep, file, of } = await start(t)
  for (const [change, expected] of [[() => keep(600, 'theirs'), 'the-kept'], [() => file.clear(), 'the-access-token'], [() => keep(1), 'the-access-token']] as const) {
    await keep(0, 'the-first')
    let isFirst = true
    const token = await login({
      flow: 'browser',
      async fetch (input, init) {
        if (isFirst) await change()
        isFirst = false
        return await fetch(input, init)
      }
    })
    t.equal(token.accessToken, expected)
  }
  t.same(of('/token').map(({ form }) => form.get('grant_type')), ['authorization_code', 'authorization_code'])
})

test('twenty scripts that start at once spend one refresh token once', { timeout: 180_000 }, async t => {
  const { origin, keep, kept, path, of } = await start(t, {
    '/token': [{ body: { ...tokens, expires_in: 1e9 } }, refusal('invalid_grant')]
  })
  await keep(0, 'the-first')
  const execArgv = ['--import', join(import.meta.dirname, '../_setup.js')]
  const children = Array.from({ length: 20 }, () =>
    fork(join(import.meta.dirname, '_refresher.ts'), [origin, path], { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }))
  t.teardown(() => { for (const child of children) child.kill() })
  await Promise.all(children.map(child => once(child, 'message')))
  const said = children.map(child => once(child, 'message'))
  for (const child of children) child.send('go')
  t.same(new Set((await Promise.all(said)).map(([token]) => token)), new Set(['the-access-token']))
  t.equal(of('/token').length, 1)
  t.equal((await kept())?.refreshToken, 'the-next')
  t.same(await readdir(join(path, '..')), ['tokens.json'])
})

test('a wrong option, or one that nobody knows, is named', async t => {
  const wrong: ReadonlyArray<readonly [object, RegExp]> = [
    [{ clientID: 'x' }, /"clientID" is no option/], [{ clientId: '' }, /"clientId"/], [{ clientSecret: '' }, /"clientSecret"/],
    [{ scopes: ['a b'] }, /"scopes"/], [{ flow: 'implicit' }, /"flow"/], [{ ports: [] }, /"ports"/], [{ ports: [70_000] }, /"ports"/],
    [{ ports: [1.5] }, /"ports"/]
  ]
  for (const [options, message] of wrong) {
    await t.rejects(authenticate('localhost:1', options), { code: 'ARGUMENT_INVALID', message })
  }
})

test('without a word about it, people are told on stderr and tokens are kept in the default file', async t => {
  const path = join(t.testdir(), 'own/tokens.json')
  setVariable(t, 'FASTIFY_LOGIN_TOKEN_FILE', path)
  const scripted = await startScripted(t, () => ({
    '/device': [{ body: { ...codes, interval: 0.1 } }], '/token': [{ body: tokens }]
  }))
  const written = t.capture(process.stderr, 'write')
  await authenticate(scripted.origin, { interactive: true, openBrowser: false })
  await writeFile(path, '{')
  await authenticate(scripted.origin, { interactive: true, force: true, file: new TokenFile(path), flow: 'device' })
  const text = written().map(({ args }) => String(args[0])).join('')
  t.match(text, /enter the code ABCD-EFGH[^]*The token file could not be used[^]*\n/)
  t.equal((await new TokenFile(path).list()).length, 1)
  await t.rejects(authenticate(scripted.origin, { clientId: 'other' }), { code: process.stdin.isTTY && process.stderr.isTTY ? /./ : 'PERSON_NEEDED' })
})
