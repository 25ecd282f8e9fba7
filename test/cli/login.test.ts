import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test, type Test } from 'tap'
import { run } from '../../lib/cli/run.ts'
import { ProgramToken, TokenFile } from '../../lib/client/index.ts'
import { Browser } from '../journeys/_browser.ts'
import { startApplication, startProvider } from '../journeys/_application.ts'
import { codes, refusal, startScripted, tokens } from '../client/_scripted-server.ts'
import { setVariable } from '../client/_set-variable.ts'
import { FakeTerminal } from './_terminal.ts'

const main = join(import.meta.dirname, '../../lib/cli/main.ts')
const node = ['--import', join(import.meta.dirname, '../_setup.js'), main]
const PATIENCE = { timeout: 120_000 }

/** `script` of util-linux gives a program a terminal. */
const needsScript = { ...PATIENCE, skip: existsSync('/usr/bin/script') ? false as const : 'needs script: install the package bsdutils' }

function pathOf (t: Test): string {
  return join(t.testdir(), 'own/tokens.json')
}

/** The command in this process. */
async function login (args: readonly string[]): Promise<FakeTerminal & { code: number }> {
  const terminal = new FakeTerminal()
  const code = await run(['login', ...args], terminal)
  return Object.assign(terminal, { code })
}

interface Ended {
  readonly code: unknown
  readonly out: string
  readonly err: string
}

async function ended (child: ChildProcess): Promise<Ended> {
  const [[code], out, err] = await Promise.all([
    once(child, 'close'), child.stdout === null ? '' : text(child.stdout), child.stderr === null ? '' : text(child.stderr)
  ])
  return { code, out, err }
}

function start (t: Test, program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(program, args, { env: { PATH: String(process.env['PATH']), ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** An application whose people sign in with a real provider, and a program of it. */
async function startHost (t: Test): Promise<string> {
  const provider = await startProvider(t)
  const { origin } = await startApplication(t, {
    provider,
    bearer: { issued: true },
    programs: { cli: { label: 'A command line', redirectUris: ['http://127.0.0.1/callback'], scopes: ['reports.read'] } },
    addPages (scope) {
      scope.get('/reports', { onRequest: [scope.loginRequired({ scopes: ['reports.read'] })] }, async ({ currentUser }) => currentUser)
    }
  })
  return origin
}

/** What a person reads, as soon as it is there. */
async function read (child: ChildProcess, pattern: RegExp): Promise<string> {
  let shown = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', part => { shown += part })
  for (;;) {
    const found = pattern.exec(shown)?.[1]
    if (found !== undefined) return found
    if (child.exitCode !== null) throw new Error(`it ended and had shown: ${shown}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function nameOf (origin: string, token: string): Promise<unknown> {
  const answer = await fetch(`${origin}/reports`, { headers: { authorization: `Bearer ${token}` } })
  return answer.status === 200 ? (await answer.json() as { id: string }).id : answer.status
}

test('a person in a terminal signs in with a code, and a script goes on with what is kept', needsScript, async t => {
  const origin = await startHost(t)
  const path = pathOf(t)
  const command = [process.execPath, ...node, 'login', origin, '--scope', 'reports.read offline_access', '--file', path]
  const child = start(t, '/usr/bin/script', ['-qec', command.map(word => `'${word}'`).join(' '), '/dev/null'])
  const done = ended(child)
  const address = await read(child, /(http:\S+\?user_code=\S+)/)
  const tab = new Browser().tab()
  await tab.open(address)
  if (!tab.page.text.includes('name="confirm"')) await tab.submit('/device')
  await tab.submit('/device')
  await tab.submit('bob')
  t.match(tab.page.text, 'Device connected')
  const { code, out } = await done
  t.equal(code, 0)
  t.equal(await nameOf(origin, String(out.trim().split(/\s+/).at(-1))), 'bob')

  const file = new TokenFile(path)
  const [kept] = await file.list()
  if (kept === undefined) throw new Error('nothing is kept')
  await file.put(kept, new ProgramToken({ ...kept.token, expiresAt: 0 }))
  const script = await ended(start(t, process.execPath, [...node, 'login', origin, '--scope', 'offline_access', '--scope', 'reports.read', '--json', '--file', path]))
  t.match(script, { code: 0, err: '' })
  const token = JSON.parse(script.out)
  t.match(token, { tokenType: 'Bearer', expiresAt: Number, scopes: ['reports.read', 'offline_access'], headers: { authorization: `Bearer ${token.accessToken}` } })
  t.notOk('refreshToken' in token)
  t.equal(await nameOf(origin, token.accessToken), 'bob')
})

test('a person signs in with the browser of this machine', PATIENCE, async t => {
  const origin = await startHost(t)
  const child = start(t, process.execPath, [...node, 'login', origin, '--browser', '--interactive', '--file', pathOf(t)])
  const done = ended(child)
  const tab = new Browser().tab()
  await tab.open(await read(child, /(http:\S+code_challenge=\S+)/))
  t.match(tab.page.text, 'A command line')
  await tab.submit('continue')
  await tab.submit('alice')
  t.match(tab.page.text, 'You may close this window')
  const { code, out, err } = await done
  t.equal(code, 0)
  t.match(out, /^[\w.~-]+\n$/, 'the token and nothing else')
  t.equal(await nameOf(origin, out.trim()), 'alice')
  t.notMatch(err, out.trim())
})

test('a person who says no is told so, with an exit code of its own', PATIENCE, async t => {
  const origin = await startHost(t)
  const child = start(t, process.execPath, [...node, 'login', origin, '--browser', '--interactive', '--file', pathOf(t)])
  const done = ended(child)
  const tab = new Browser().tab()
  await tab.open(await read(child, /(http:\S+code_challenge=\S+)/))
  await tab.submit('cancel')
  t.match(tab.page.text, 'You are not signed in')
  t.match(await done, { code: 4, out: '', err: /refuses \(access_denied/ })
})

test('where nobody can be asked the command says so at once, with an exit code of its own', PATIENCE, async t => {
  const { origin, asked } = await startScripted(t)
  const line = [...node, 'login', origin, '--file', pathOf(t)]
  t.match(await ended(start(t, process.execPath, line)), { code: 3, out: '', err: /^fastify-login: Somebody has to sign in to http:/ })
  t.same(asked, [])
})

test('a batch job has nobody, also with a terminal', needsScript, async t => {
  const { origin, asked } = await startScripted(t)
  const command = [process.execPath, ...node, 'login', origin, '--file', pathOf(t)].map(word => `'${word}'`).join(' ')
  const { code, out } = await ended(start(t, '/usr/bin/script', ['-qec', command, '/dev/null'], { SLURM_JOB_ID: '17' }))
  t.equal(code, 3)
  t.match(out, 'Somebody has to sign in')
  t.same(asked, [])
})

test('Ctrl+C gives up, and leaves no lock', PATIENCE, async t => {
  const { origin } = await startScripted(t, () => ({ '/device': [{ body: codes }], '/token': ['hang'] }))
  const path = pathOf(t)
  const child = start(t, process.execPath, [...node, 'login', origin, '--interactive', '--file', path])
  const done = ended(child)
  await read(child, /(ABCD-EFGH)/)
  child.kill('SIGINT')
  t.match(await done, { code: 1, out: '', err: /was given up/ })
  t.equal(existsSync(`${path}.lock`), false)
})

test('each end has its exit code, and stdout has nothing but a token', async t => {
  const listeners = process.listenerCount('SIGINT')
  const args = ['--interactive', '--device', '--client-id', 'cli', '--file', pathOf(t)]
  const away = await startScripted(t, () => ({ '/device': [{ status: 502, body: '' }] }))
  t.match(await login([away.origin, ...args]), { code: 5, out: '', err: /^fastify-login: .*does not answer for now/ })
  const refusing = await startScripted(t, () => ({ '/device': [refusal('invalid_client', '\u001b[2J')] }))
  t.match(await login([refusing.origin, ...args]), { code: 4, out: '', err: '(invalid_client: \\u{1b}[2J)' })
  const late = await startScripted(t, () => ({ '/device': [{ body: { ...codes, interval: 0.1 } }], '/token': [refusal('expired_token')] }))
  t.match(await login([late.origin, ...args]), { code: 1, out: '', err: /has ended/ })
  const giving = await startScripted(t, () => ({ '/device': [{ body: { ...codes, interval: 0.1 } }], '/token': [{ body: tokens }] }))
  t.match(await login([giving.origin, ...args]), { code: 0, out: 'the-access-token\n', err: /ABCD-EFGH/ })
  t.equal(process.listenerCount('SIGINT'), listeners)
})

test('a line that says too little, too much or nothing sensible is wrong usage', async t => {
  for (const args of [[], ['a.example', 'b.example'], ['a.example', '--list'], ['--list', '--remove', 'a.example'], ['a.example', '--device', '--browser'], ['--token', 'x'], ['http://a.example'], ['a.example', '--client-id', '']]) {
    t.match(await login(args), { code: 2, out: '', err: /^fastify-login: / }, args.join(' '))
  }
})

test('--help prints what there is', async t => {
  for (const args of [['--help'], ['app.example.com', '-h']]) {
    t.match(await login(args), { code: 0, err: '', out: /^Usage: fastify-login login HOST[^]*--force[^]*Exit codes:/ })
  }
})

test('what is kept is listed without tokens, and forgotten by host', async t => {
  const path = pathOf(t)
  const file = new TokenFile(path)
  const parts = { accessToken: 'the-access-token', scopes: [], expiresAt: 4e9 }
  await file.put({ issuer: 'https://a.example', clientId: 'cli', scopes: ['x', 'y'] }, new ProgramToken({ ...parts, refreshToken: 'the-refresh' }))
  await file.put({ issuer: 'https://b.example', clientId: 'odd\u001b[2J', scopes: [] }, new ProgramToken(parts))
  const list = await login(['--list', '--file', path])
  t.equal(list.out, `https://a.example  cli  x y  refreshed after 2096-10-02T07:06:40.000Z
https://b.example  odd\\u{1b}[2J    until 2096-10-02T07:06:40.000Z
`)
  const json = await login(['--list', '--json', '--file', path])
  t.match(JSON.parse(json.out), [{ host: 'https://a.example', clientId: 'cli', scopes: ['x', 'y'], expiresAt: 4e9, isRefreshed: true }, {}])
  t.notMatch(list.out + json.out, 'the-')
  t.match(await login(['--remove', 'a.example', '--client-id', 'cli', '--scope', 'x', '--file', path]), { code: 0, err: /forgot 0 of/ })
  t.match(await login(['--remove', 'a.example', '--scope', 'y x', '--file', path]), { code: 0, out: '', err: /forgot 1 of https:\/\/a\.example/ })
  t.match(await login(['--remove', 'b.example', '--file', path]), { code: 0 })
  t.match(await login(['--list', '--file', path]), { code: 0, out: '', err: '' })
})

test('a file that cannot be used is said, and --force moves it aside', async t => {
  const path = pathOf(t)
  await mkdir(join(path, '..'), { mode: 0o700 })
  await writeFile(path, '{"version":1,"tok', { mode: 0o600 })
  t.match(await login(['--list', '--file', path]), { code: 1, err: /half written.*--force/ })
  const { origin } = await startScripted(t, () => ({ '/device': [{ body: { ...codes, interval: 0.1 } }], '/token': [{ body: tokens }] }))
  t.match(await login([origin, '--file', path]), { code: 1, out: '' })
  const forced = await login([origin, '--force', '--interactive', '--file', path])
  t.match(forced, { code: 0, out: 'the-access-token\n' })
  t.equal(await readFile(String(/It is (\S+) now/.exec(forced.err)?.[1]), 'utf8'), '{"version":1,"tok')
})

test('the secret of a program comes from the environment, never from the line', async t => {
  const { origin, of } = await startScripted(t, () => ({ '/device': [{ body: { ...codes, interval: 0.1 } }], '/token': [{ body: tokens }] }))
  setVariable(t, 'FASTIFY_LOGIN_CLIENT_SECRET', 'hunter2')
  setVariable(t, 'FASTIFY_LOGIN_TOKEN_FILE', pathOf(t))
  t.match(await login([origin, '--interactive']), { code: 0, out: 'the-access-token\n' })
  t.equal(of('/token')[0]?.headers.authorization, `Basic ${Buffer.from('cli:hunter2').toString('base64')}`)
})

test('what is no error of the client is told as any command tells it', async t => {
  const { stderr } = new FakeTerminal()
  const stdout = { write () { throw new Error('the disk is full') } }
  const path = pathOf(t)
  await new TokenFile(path).put({ issuer: 'https://a.example', clientId: 'cli', scopes: [] }, new ProgramToken({ accessToken: 'a', scopes: [], expiresAt: 4e9 }))
  t.equal(await run(['login', '--list', '--file', path], { stdout, stderr }), 1)
})
