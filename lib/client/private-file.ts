import { randomUUID } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ClientError } from './client-error.ts'
import { shownText } from './shown-text.ts'

const LONGEST_FILE = 1_048_576
const OTHERS = 0o077
const OTHERS_WRITE = 0o022

/** The file is left as it is. */
export function unusable (path: string, why: string, cure: string, cause?: unknown): ClientError {
  const message = `The token file ${shownText(path, 1000)} cannot be used: ${why}. ${cure}`
  return new ClientError('FILE_UNUSABLE', message, cause === undefined ? {} : { cause })
}

/** What an error of the file system is called, as `EACCES`. */
export function codeOf (cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
}

/** What the file system said about a token file; an error of ours stays. */
export function toFileError (path: string, cause: unknown): ClientError {
  if (cause instanceof ClientError) return cause
  return unusable(path, `the file system says ${codeOf(cause)}`, 'Name another one with --file or FASTIFY_LOGIN_TOKEN_FILE.', cause)
}

/** Whether somebody else can change what belongs to it. Windows has other rights, and gives none in a mode. */
function isForeign ({ uid }: Stats, trusted: readonly number[]): boolean {
  const own = process.getuid?.()
  return own !== undefined && ![own, ...trusted].includes(uid)
}

function isOpenFor ({ mode }: Stats, bits: number): boolean {
  return process.getuid !== undefined && (mode & bits) !== 0
}

function noFile (path: string): ClientError {
  return unusable(path, 'it is no file', 'Name another one with --file or FASTIFY_LOGIN_TOKEN_FILE.')
}

function assertPrivate (path: string, found: Stats): void {
  const aside = 'Move it away, or sign in with --force, which does so.'
  if (!found.isFile()) throw noFile(path)
  if (isForeign(found, [])) throw unusable(path, 'it belongs to somebody else', aside)
  if (isOpenFor(found, OTHERS)) {
    throw unusable(path, 'others can read or write it', `Run chmod 600 on it if its tokens may be trusted. ${aside}`)
  }
  if (found.size > LONGEST_FILE) throw unusable(path, `it is longer than ${LONGEST_FILE} bytes`, aside)
}

async function assertPrivateFolder (path: string): Promise<void> {
  const folder = await stat(dirname(path))
  const isShared = isForeign(folder, [0]) || isOpenFor(folder, OTHERS_WRITE)
  if (isShared) throw unusable(path, 'others can write to its folder', 'Run chmod go-w on the folder, or name a file in one of your own.')
}

async function openToRead (path: string): Promise<FileHandle | undefined> {
  try {
    // A pipe would keep us waiting.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    if (codeOf(cause) !== 'ELOOP') throw cause
    throw unusable(path, 'it is a symbolic link', 'Name the file itself, or sign in with --force, which moves the link aside.')
  }
}

async function readAndClose (path: string, file: FileHandle): Promise<string> {
  try {
    await assertPrivateFolder(path)
    assertPrivate(path, await file.stat())
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/**
 * Reads a file that nobody else can read or change; undefined where there is none.
 *
 * @throws ClientError `FILE_UNUSABLE`
 */
export async function readPrivate (path: string): Promise<string | undefined> {
  try {
    const file = await openToRead(path)
    return file === undefined ? undefined : await readAndClose(path, file)
  } catch (cause) {
    throw toFileError(path, cause)
  }
}

/** Makes the folder where it is missing, for ourselves alone. */
export async function makePrivateFolder (path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await assertPrivateFolder(path)
  } catch (cause) {
    throw toFileError(path, cause)
  }
}

/** Writes the whole file or nothing: a reader sees what was there before, or what is there then. */
export async function writePrivate (path: string, text: string): Promise<void> {
  if (Buffer.byteLength(text) > LONGEST_FILE) {
    throw unusable(path, `it would be longer than ${LONGEST_FILE} bytes`, 'Remove what is no longer needed with login --remove HOST.')
  }
  const draft = `${path}.${randomUUID()}`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true })
    throw toFileError(path, cause)
  }
}

/** A device or a folder is not ours to move, also where a link leads to it. */
async function assertMovable (path: string): Promise<void> {
  const found = await stat(path).catch(cause => {
    if (codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'ELOOP') throw cause
  })
  if (found?.isFile() === false) throw noFile(path)
}

/** Moves a file or a link aside; gives its new path, or undefined where nothing was. */
export async function moveAside (path: string): Promise<string | undefined> {
  const aside = `${path}.unusable-${randomUUID()}`
  try {
    await assertMovable(path)
    await rename(path, aside)
    return aside
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    throw toFileError(path, cause)
  }
}
