import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Awaitable } from '../awaitable.ts'
import { withLock } from './file-lock.ts'
import { isKeptToken, type KeptToken, type TokenKey } from './kept-token.ts'
import { makePrivateFolder, moveAside, readPrivate, unusable, writePrivate } from './private-file.ts'
import { ProgramToken } from './program-token.ts'

export interface TokenFileOptions {
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number
}

/** What decides where the file is; `process` is one. */
export interface Home {
  readonly platform: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Where tokens are kept by default. */
export function defaultTokenFile ({ platform, env }: Home): string {
  const { FASTIFY_LOGIN_TOKEN_FILE: own, XDG_STATE_HOME: state = '', LOCALAPPDATA: local } = env
  if (own) return own
  if (platform === 'win32' && local) return join(local, 'fastify-login', 'tokens.json')
  const folder = isAbsolute(state) ? state : join(homedir(), '.local', 'state')
  return join(folder, 'fastify-login', 'tokens.json')
}

const sorted = (scopes: readonly string[]): string => [...scopes].sort().join('\n')

function isOf (kept: KeptToken, { issuer, clientId, scopes }: Partial<TokenKey>): boolean {
  return (issuer === undefined || kept.issuer === issuer) &&
    (clientId === undefined || kept.clientId === clientId) &&
    (scopes === undefined || sorted(kept.scopes) === sorted(scopes))
}

/** The tokens of one person, in a file that nobody else can read. Many processes may use it at once. */
export class TokenFile {
  readonly path: string
  readonly #now: () => number

  /** @param path by default that of `fastify-login login` */
  constructor (path: string = defaultTokenFile(process), { now = Date.now }: TokenFileOptions = {}) {
    this.path = path
    this.#now = now
  }

  /**
   * All that is kept, also what has ended.
   *
   * @throws ClientError `FILE_UNUSABLE`, as all methods do
   */
  async list (): Promise<readonly KeptToken[]> {
    const text = await readPrivate(this.path)
    if (text === undefined) return []
    const kept = this.#parse(text)
    return kept.map(entry => ({ ...entry, token: new ProgramToken(entry.token) }))
  }

  /** What is kept for a program that asks for these scopes at this host. */
  async get (key: TokenKey): Promise<ProgramToken | undefined> {
    return (await this.list()).find(entry => isOf(entry, key))?.token
  }

  /** Keeps a token, in the place of one of the same key. */
  async put (key: TokenKey, token: ProgramToken): Promise<void> {
    await this.exchange(key, () => token)
  }

  /** Forgets tokens of a host; of all its programs and scopes where none are named. Gives how many there were. */
  async remove (key: Pick<TokenKey, 'issuer'> & Partial<TokenKey>): Promise<number> {
    return await this.#forget(entry => isOf(entry, key))
  }

  /** Forgets everything. */
  async clear (): Promise<void> {
    await this.#forget(() => true)
  }

  /**
   * Lets a function see what is kept, and keeps what it gives in its place; undefined forgets it. No other process
   * reads or writes by this method meanwhile, so that a refresh token is spent once.
   */
  async exchange (
    key: TokenKey, next: (kept: ProgramToken | undefined) => Awaitable<ProgramToken | undefined>, signal?: AbortSignal
  ): Promise<void> {
    await this.#change(async entries => {
      const kept = entries.find(entry => isOf(entry, key))
      const token = await next(kept?.token)
      if (token === kept?.token) return entries
      const { issuer, clientId, scopes } = key
      const others = entries.filter(entry => entry !== kept)
      return token === undefined ? others : [...others, { issuer, clientId, scopes, token }]
    }, signal)
  }

  /** Moves a file that cannot be used aside, so that a new one can be made. Gives where it is then. */
  async moveAsideUnusable (): Promise<string | undefined> {
    try {
      await this.list()
      return undefined
    } catch {
      // Where the folder is at fault, another file in it would not do either.
      await makePrivateFolder(this.path)
      return await moveAside(this.path)
    }
  }

  async #forget (isOut: (entry: KeptToken) => boolean): Promise<number> {
    let count = 0
    await this.#change(async entries => {
      const rest = entries.filter(entry => !isOut(entry))
      count = entries.length - rest.length
      return count === 0 ? entries : rest
    })
    return count
  }

  async #change (
    edit: (entries: readonly KeptToken[]) => Promise<readonly KeptToken[]>, signal?: AbortSignal
  ): Promise<void> {
    await makePrivateFolder(this.path)
    await withLock(this.path, async lock => {
      const entries = await this.list()
      const edited = await edit(entries)
      if (edited === entries) return
      if (!await lock.isHeld()) throw unusable(this.path, 'another process has taken its lock over', 'Try again.')
      await writePrivate(this.path, this.#write(edited))
    }, { signal })
  }

  /** What has ended for good is left out. */
  #write (entries: readonly KeptToken[]): string {
    const isAlive = ({ token: { refreshToken, expiresAt } }: KeptToken): boolean =>
      refreshToken !== undefined || expiresAt * 1000 > this.#now()
    const tokens = entries.filter(isAlive).map(({ issuer, clientId, scopes, token }) => {
      const { accessToken, expiresAt, refreshToken, scopes: granted } = token
      return { issuer, clientId, scopes, token: { accessToken, expiresAt, refreshToken, scopes: granted } }
    })
    return `${JSON.stringify({ version: 1, tokens }, undefined, 2)}\n`
  }

  #parse (text: string): readonly KeptToken[] {
    try {
      const { version, tokens } = JSON.parse(text)
      if (version === 1 && Array.isArray(tokens) && tokens.every(isKeptToken)) return tokens
    } catch {
      // Half of a file is none either.
    }
    throw unusable(this.path, 'it is none of this program, or was half written',
      'Look what it is and move it away, or sign in with --force, which moves it aside.')
  }
}
