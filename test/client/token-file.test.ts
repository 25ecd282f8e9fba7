import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { ProgramToken } from '../../lib/client/program-token.ts'
import { defaultTokenFile, TokenFile } from '../../lib/client/token-file.ts'

const NOW = 1_700_000_000_000
const key = { issuer: 'https://app.example.com', clientId: 'cli', scopes: ['b', 'a'] }

function tokenOf (accessToken: string, expiresIn = 600, refreshToken?: string): ProgramToken {
  return new ProgramToken({ accessToken, refreshToken, scopes: ['a'], expiresAt: NOW / 1000 + expiresIn })
}

function start (t: Test) {
  const path = join(t.testdir(), 'own/tokens.json')
  return { path, file: new TokenFile(path, { now: () => NOW }) }
}

async function writeBy (t: Test, text: string): Promise<{ path: string, file: TokenFile }> {
  const { path, file } = start(t)
  await mkdir(join(path, '..'), { mode: 0o700 })
  await writeFile(path, text, { mode: 0o600 })
  return { path, file }
}

test('a token is kept for a host, a program and its scopes in any order', async t => {
  const { path, file } = start(t)
  t.equal(await file.get(key), undefined)
  await file.put(key, tokenOf('one', 600, 'refresh'))
  const other = new TokenFile(path, { now: () => NOW })
  t.strictSame(await other.get({ ...key, scopes: ['a', 'b'] }), tokenOf('one', 600, 'refresh'))
  t.ok(await other.get(key) instanceof ProgramToken)
  for (const unlike of [{ issuer: 'https://other.example' }, { clientId: 'other' }, { scopes: ['a'] }, { scopes: ['a b'] }]) {
    t.equal(await other.get({ ...key, ...unlike }), undefined)
  }
})

test('a second token takes the place of the first, and stands beside others', async t => {
  const { file } = start(t)
  await file.put(key, tokenOf('one'))
  await file.put({ ...key, clientId: 'other' }, tokenOf('two'))
  await file.put({ ...key, scopes: ['a', 'b'] }, tokenOf('three'))
  t.same((await file.list()).map(({ token }) => token.accessToken).sort(), ['three', 'two'])
})

test('tokens are removed by host, by program, by scopes, or all', async t => {
  const { file } = start(t)
  await file.put(key, tokenOf('one'))
  await file.put({ ...key, clientId: 'other' }, tokenOf('two'))
  await file.put({ ...key, issuer: 'https://other.example' }, tokenOf('three'))
  t.equal(await file.remove({ issuer: 'https://nobody.example' }), 0)
  t.equal(await file.remove({ issuer: key.issuer, clientId: 'cli', scopes: ['c'] }), 0)
  t.equal(await file.remove({ issuer: key.issuer, clientId: 'cli', scopes: ['a', 'b'] }), 1)
  t.equal(await file.remove({ issuer: key.issuer }), 1)
  t.equal((await file.list()).length, 1)
  await file.clear()
  t.same(await file.list(), [])
})

test('what has ended for good is left out at the next writing', async t => {
  const { file } = start(t)
  await file.put({ ...key, clientId: 'ended' }, tokenOf('ended', -1))
  await file.put({ ...key, clientId: 'refreshed' }, tokenOf('ended', -1, 'refresh'))
  await file.put(key, tokenOf('one'))
  t.same((await file.list()).map(({ clientId }) => clientId), ['refreshed', 'cli'])
})

test('who sees what is kept and gives the next one is alone with it', async t => {
  const { path } = start(t)
  await Promise.all(Array.from({ length: 10 }, async () => {
    const file = new TokenFile(path, { now: () => NOW })
    await file.exchange(key, kept => tokenOf(String(Number(kept?.accessToken ?? '0') + 1)))
  }))
  const file = new TokenFile(path, { now: () => NOW })
  t.equal((await file.get(key))?.accessToken, '10')
  await file.exchange(key, () => undefined)
  t.equal(await file.get(key), undefined)
  await t.rejects(file.exchange(key, () => { throw new TypeError('mine') }), TypeError)
  t.same(await readdir(join(path, '..')), ['tokens.json'])
})

test('what is half written, or is none of ours, is refused and left as it is', async t => {
  const whole = JSON.stringify({ version: 1, tokens: [{ ...key, token: tokenOf('one') }] })
  const entry = (change: object): string => JSON.stringify({ version: 1, tokens: [{ ...key, token: tokenOf('one'), ...change }] })
  const token = { accessToken: 'a', expiresAt: 1, scopes: [] }
  const texts = [
    '', whole.slice(0, -7), 'null', '[]', '{"version":2,"tokens":[]}', '{"version":1}', '{"version":1,"tokens":[null]}',
    entry({ issuer: 1 }), entry({ clientId: null }), entry({ scopes: 'a' }), entry({ scopes: [1] }), entry({ token: null }),
    entry({ token: { ...token, accessToken: 'a\u001b[2J' } }), entry({ token: { ...token, expiresAt: '1' } }),
    entry({ token: { ...token, expiresAt: 1e300 } }),
    entry({ token: { ...token, refreshToken: 1 } }), entry({ token: { ...token, scopes: null } })
  ]
  for (const text of texts) {
    const { path, file } = await writeBy(t, text)
    const refusal = { code: 'FILE_UNUSABLE', message: /tokens\.json.*--force/ }
    await t.rejects(file.list(), refusal, text)
    await t.rejects(file.get(key), refusal, text)
    await t.rejects(file.put(key, tokenOf('two')), refusal, text)
    await t.rejects(file.remove(key), refusal, text)
    await t.rejects(file.clear(), refusal, text)
    t.equal(await readFile(path, 'utf8'), text)
  }
  const { path, file } = await writeBy(t, whole)
  t.equal(await file.moveAsideUnusable(), undefined, 'a good one stays')
  t.ok(await file.get(key))
  await writeFile(path, '{')
  t.equal(await readFile(String(await file.moveAsideUnusable()), 'utf8'), '{')
  t.same(await file.list(), [])
})

test('who lost the lock writes nothing', async t => {
  const { path, file } = start(t)
  await file.put(key, tokenOf('one'))
  const work = file.exchange(key, async () => {
    await writeFile(`${path}.lock`, 'theirs')
    return tokenOf('two')
  })
  await t.rejects(work, { code: 'FILE_UNUSABLE', message: /taken its lock over/ })
  t.equal((await file.get(key))?.accessToken, 'one')
})

test('the file lies where the variables say, else where programs keep their state', async t => {
  t.equal(defaultTokenFile({ platform: 'linux', env: { FASTIFY_LOGIN_TOKEN_FILE: '/own', XDG_STATE_HOME: '/state' } }), '/own')
  t.equal(defaultTokenFile({ platform: 'linux', env: { XDG_STATE_HOME: '/state' } }), join('/state', 'fastify-login', 'tokens.json'))
  const home = join(homedir(), '.local/state/fastify-login/tokens.json')
  for (const env of [{}, { XDG_STATE_HOME: 'relative' }, { FASTIFY_LOGIN_TOKEN_FILE: '' }]) {
    t.equal(defaultTokenFile({ platform: 'darwin', env }), home)
  }
  t.equal(defaultTokenFile({ platform: 'win32', env: { LOCALAPPDATA: '/local' } }), join('/local', 'fastify-login', 'tokens.json'))
  t.equal(defaultTokenFile({ platform: 'win32', env: {} }), home)
  t.equal(new TokenFile().path, defaultTokenFile(process))
})

test('a file that is good stays where it is, also where its folder is not', async t => {
  const folder = join(t.testdir(), 'own')
  const path = join(folder, 'tokens.json')
  const file = new TokenFile(path)
  await file.put(key, tokenOf('one'))
  await chmod(folder, 0o770)
  await t.rejects(file.moveAsideUnusable(), { code: 'FILE_UNUSABLE', message: /folder/ })
  t.same(await readdir(folder), ['tokens.json'])
})
