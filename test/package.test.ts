import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import ts from 'typescript'
import { findBlocks } from './_doc-blocks.ts'
import { readText } from './_tracked-files.ts'
import { freePort } from './_free-port.ts'

const execute = promisify(execFile)

const application = await mkdtemp(join(tmpdir(), 'application-'))
t.teardown(() => rm(application, { recursive: true }))
await execute(process.execPath, [join(import.meta.dirname, '_pack.js'), application])

const unpacked = join(application, 'node_modules/fastify-login')
const manifest = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8'))

/** The environment of an application, without what the test runner adds. */
const env = { PATH: String(process.env['PATH']), SESSION_SECRET: randomBytes(32).toString('base64url') }

/** Runs a program of the application and gives what it prints. */
async function print (t: Test, program: string, language: 'module' | 'commonjs' = 'module'): Promise<unknown> {
  const args = [`--input-type=${language}`, '--eval', program]
  const { stdout, stderr } = await execute(process.execPath, args, { cwd: application, env })
  t.equal(stderr, '', 'nothing on stderr')
  return JSON.parse(stdout)
}

/** A block of the README as JavaScript. */
async function saveReadmeBlock (name: string, marker: string): Promise<string> {
  const blocks = findBlocks('README.md', readText('README.md')).filter(({ language }) => language === 'ts')
  const block = blocks.find(({ code }) => code.includes(marker))
  if (block === undefined) throw new Error(`No ts block of the README contains ${marker}.`)
  const file = join(application, name)
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 }
  await writeFile(file, ts.transpile(block.code, options))
  return file
}

/** Starts a server on a free port. */
async function start (t: Test, file: string): Promise<string> {
  const port = await freePort()
  const child = spawn(process.execPath, [file], { cwd: application, env: { ...env, PORT: `${port}` }, stdio: 'inherit' })
  t.teardown(() => child.kill())
  const site = `http://localhost:${port}`
  while (await fetch(site).catch(() => undefined) === undefined) {
    if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}.`)
    await pause(50)
  }
  return site
}

t.test('the package holds the build, the license and the README, and no sources', async t => {
  const folders = await readdir(unpacked, { recursive: true, withFileTypes: true })
  const files = folders.filter(entry => entry.isFile()).map(({ name }) => name)
  t.strictSame((await readdir(unpacked)).sort(), ['LICENSE', 'README.md', 'dist', 'package.json'])
  t.strictSame(files.filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts')), [])
  t.ok(files.every(name => /\.(js|d\.ts)$|^(LICENSE|README\.md|package\.json)$/.test(name)))
})

t.test('every export can be imported where only the dependencies are installed', async t => {
  for (const subpath of Object.keys(manifest.exports)) {
    const specifier = subpath.replace('.', 'fastify-login')
    const attributes = specifier.endsWith('.json') ? ", { with: { type: 'json' } }" : ''
    const names = await print(t, `console.log(JSON.stringify(Object.keys(await import('${specifier}'${attributes}))))`)
    t.ok(Array.isArray(names) && names.length > 0, specifier)
  }
})

t.test('the default export and the named one are the same plugin, and an application registers it', async t => {
  t.strictSame(await print(t, `
    import Fastify from 'fastify'
    import authPlugin, { authPlugin as named } from 'fastify-login'
    import { signedIn } from 'fastify-login/testing'
    const app = Fastify()
    await app.register(authPlugin, { secret: process.env.SESSION_SECRET })
    app.get('/', { onRequest: [app.loginRequired] }, async request => request.currentUser)
    const stranger = await app.inject('/')
    const alice = await app.inject({ url: '/', ...await signedIn(app, 'alice') })
    console.log(JSON.stringify([authPlugin === named, stranger.statusCode, alice.json().id]))
  `), [true, 401, 'alice'])
})

t.test('CommonJS registers what require gives', async t => {
  t.strictSame(await print(t, `
    const app = require('fastify')()
    const { loginRequired } = require('fastify-login')
    app.register(require('fastify-login'), { secret: process.env.SESSION_SECRET })
    app.get('/', { onRequest: [loginRequired] }, async request => request.currentUser)
    app.inject('/').then(({ statusCode }) => console.log(JSON.stringify(statusCode)))
  `, 'commonjs'), 401)
})

t.test('the development provider says what to install where oidc-provider is missing', async t => {
  t.strictSame(await print(t, `
    import { startDevProvider } from 'fastify-login/dev-provider'
    const { code, message } = await startDevProvider().catch(error => error)
    console.log(JSON.stringify([code, message.includes('npm install')]))
  `), ['FST_LOGIN_CONFIGURATION', true])
})

t.test('a store says what to install where the package of its driver is missing', async t => {
  t.strictSame(await print(t, `
    import { openStore } from 'fastify-login/stores'
    const urls = ['redis://127.0.0.1', 'postgres://127.0.0.1', 'mysql://127.0.0.1', 'mongodb://127.0.0.1']
    const errors = await Promise.all(urls.map(url => openStore(url).catch(error => error)))
    console.log(JSON.stringify(errors.map(({ code, message }) => [code, message.match(/npm install (\\w+)/)?.[1]])))
  `), ['ioredis', 'pg', 'mysql2', 'mongodb'].map(name => ['FST_LOGIN_CONFIGURATION', name]))
})

t.test('the command is a program that runs', async t => {
  const command = join(unpacked, manifest.bin['fastify-login'])
  t.match(await readFile(command, 'utf8'), /^#!\/usr\/bin\/env node\n/)
  const { stdout } = await execute(process.execPath, [command, 'secret'], { cwd: application, env })
  t.match(stdout, /^[\w-]{43}\n$/)
  t.ok((await stat(command)).isFile())
})

t.test('the first example of the README runs and does what the README says', async t => {
  const site = await start(t, await saveReadmeBlock('server.mjs', 'register(authPlugin'))
  t.equal((await fetch(`${site}/me`)).status, 401)

  async function post (path: string, body: unknown, headers = {}) {
    return await fetch(`${site}${path}`, {
      method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers }
    })
  }
  t.equal((await post('/login', { name: 'ada' })).status, 400)
  t.equal((await post('/login', { name: 'ada', password: 'wrong' })).status, 403)
  const login = await post('/login', { name: 'ada', password: 'lovelace' })
  t.equal(login.status, 200)
  const cookie = login.headers.getSetCookie().map(line => line.split(';', 1)[0]).join('; ')
  t.match(await (await fetch(`${site}/me`, { headers: { cookie } })).json(), { id: 'ada', isAuthenticated: true })
  t.equal((await post('/logout', {}, { cookie })).status, 204)
  t.equal((await fetch(`${site}/me`, { headers: { cookie } })).status, 401)
})

t.test('the test that the README shows passes', async t => {
  const file = await saveReadmeBlock('readme.test.mjs', 'fastify-login/testing')
  await t.resolves(execute(process.execPath, ['--test', file], { cwd: application, env }))
})
