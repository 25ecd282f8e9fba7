import { parseArgs } from 'node:util'
import type { ClientErrorCode, Flow, TokenFile } from '../client/index.ts'
import type { Terminal } from './command.ts'

export const loginUsage = `Usage: fastify-login login HOST [OPTIONS]
       fastify-login login --list
       fastify-login login --remove HOST

Prints an access token for HOST: the one that is kept, the next one, or one that
somebody signs in for. HOST is app.example.com, an address that begins with
https://, or localhost:3000.

Options:
  --client-id ID   name of the program at HOST (default cli)
  --scope SCOPE    what the token is for; may be written several times
  --device         sign in with a code on any device
  --browser        sign in with a browser on this machine
  --json           print the token as JSON, with its end and its headers
  --force          sign in anew, whatever is kept
  --interactive    ask a person, also in what looks like a batch job
  --file PATH      where tokens are kept
  --list           print what is kept, without the tokens
  --remove HOST    forget what is kept for HOST
  -h, --help       print this

Environment:
  FASTIFY_LOGIN_TOKEN_FILE      where tokens are kept
  FASTIFY_LOGIN_CLIENT_SECRET   secret of the program, where it has one

Exit codes:
  0 done            3 a person is needed, and nobody can be asked
  1 failed          4 the person or the server refuses
  2 wrong usage     5 the server does not answer; what is kept stays
`

const options = {
  'client-id': { type: 'string' },
  scope: { type: 'string', multiple: true },
  device: { type: 'boolean' },
  browser: { type: 'boolean' },
  json: { type: 'boolean' },
  force: { type: 'boolean' },
  interactive: { type: 'boolean' },
  file: { type: 'string' },
  list: { type: 'boolean' },
  remove: { type: 'string' }
} as const

function parse (args: readonly string[]) {
  return parseArgs({ args: [...args], options, allowPositionals: true })
}

type Line = ReturnType<typeof parse>
type Values = Line['values']

const WRONG_USAGE = 2
const exitCodes: Readonly<Partial<Record<ClientErrorCode, number>>> = {
  ARGUMENT_INVALID: WRONG_USAGE, PERSON_NEEDED: 3, REFUSED: 4, UNAVAILABLE: 5
}

const signals = ['SIGINT', 'SIGTERM'] as const

/** Gives a signal that ends with Ctrl+C, and what undoes it. */
function listenForStop (): { readonly signal: AbortSignal, readonly forget: () => void } {
  const stopped = new AbortController()
  const stop = (): void => { stopped.abort() }
  for (const name of signals) process.once(name, stop)
  return { signal: stopped.signal, forget () { for (const name of signals) process.off(name, stop) } }
}

function scopesOf ({ scope = [] }: Values): readonly string[] {
  return scope.flatMap(words => words.split(' ')).filter(word => word !== '')
}

function flowOf ({ device, browser }: Values): Flow {
  if (device) return 'device'
  return browser ? 'browser' : 'auto'
}

async function printToken (host: string, values: Values, { stdout, stderr }: Terminal): Promise<void> {
  const { authenticate, describePrompt } = await import('../client/index.ts')
  const { 'client-id': clientId, json, force = false, interactive, file } = values
  const clientSecret = process.env['FASTIFY_LOGIN_CLIENT_SECRET'] || undefined
  const { signal, forget } = listenForStop()
  try {
    const token = await authenticate(host, {
      ...clientId === undefined ? {} : { clientId },
      ...clientSecret === undefined ? {} : { clientSecret },
      ...file === undefined ? {} : { file },
      ...interactive === undefined ? {} : { interactive },
      scopes: scopesOf(values),
      flow: flowOf(values),
      force,
      signal,
      onPrompt (prompt) { stderr.write(describePrompt(prompt)) },
      onNotice (text) { stderr.write(`fastify-login: ${text}\n`) }
    })
    const { accessToken, tokenType, expiresAt, scopes, headers } = token
    stdout.write(json ? `${JSON.stringify({ accessToken, tokenType, expiresAt, scopes, headers })}\n` : `${accessToken}\n`)
  } finally {
    forget()
  }
}

async function printKept (file: TokenFile, { json = false }: Values, { stdout }: Terminal): Promise<void> {
  const { shownText } = await import('../client/index.ts')
  const kept = (await file.list()).map(({ issuer, clientId, scopes, token: { expiresAt, refreshToken } }) =>
    ({ host: issuer, clientId, scopes, expiresAt, isRefreshed: refreshToken !== undefined }))
  if (json) {
    stdout.write(`${JSON.stringify(kept)}\n`)
    return
  }
  for (const { host, clientId, scopes, expiresAt, isRefreshed } of kept) {
    const end = `${isRefreshed ? 'refreshed after' : 'until'} ${new Date(expiresAt * 1000).toISOString()}`
    stdout.write(`${shownText([host, clientId, scopes.join(' '), end].join('  '), 1000)}\n`)
  }
}

async function forgetHost (file: TokenFile, host: string, values: Values, { stderr }: Terminal): Promise<void> {
  const { parseHost } = await import('../client/index.ts')
  const { issuer } = parseHost(host)
  const { 'client-id': clientId, scope } = values
  const count = await file.remove({
    issuer, ...clientId === undefined ? {} : { clientId }, ...scope === undefined ? {} : { scopes: scopesOf(values) }
  })
  stderr.write(`fastify-login: forgot ${count} of ${issuer}\n`)
}

/** What is wrong with a line that has only words it may have. */
function faultOf ({ values: { list, remove, device, browser }, positionals }: Line): string | undefined {
  const tasks = positionals.length + (list ? 1 : 0) + (remove === undefined ? 0 : 1)
  if (tasks !== 1) return 'name one host, or --list, or --remove HOST'
  return device && browser ? '--device and --browser exclude one another' : undefined
}

async function perform (line: Line, terminal: Terminal): Promise<void> {
  const { values, positionals: [host] } = line
  const { TokenFile } = await import('../client/index.ts')
  if (host !== undefined) await printToken(host, values, terminal)
  else if (values.remove !== undefined) await forgetHost(new TokenFile(values.file), values.remove, values, terminal)
  else await printKept(new TokenFile(values.file), values, terminal)
}

/**
 * `fastify-login login`: prints an access token, and asks a person for it where it must. All but the token goes to
 * stderr.
 */
export async function runLogin (args: readonly string[], terminal: Terminal): Promise<number> {
  const line = parse(args)
  const fault = faultOf(line)
  if (fault !== undefined) {
    terminal.stderr.write(`fastify-login: ${fault}. See fastify-login login --help.\n`)
    return WRONG_USAGE
  }
  const { ClientError } = await import('../client/index.ts')
  try {
    await perform(line, terminal)
    return 0
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    terminal.stderr.write(`fastify-login: ${error.message}\n`)
    return exitCodes[error.code] ?? 1
  }
}
