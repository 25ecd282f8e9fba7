import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, createWriteStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './_free-port.ts'
import { descendantsOf, untilEnded, untilStopped } from './_processes.ts'

const PATIENCE = 90_000

/** How one kind of server is made, started and asked. */
export interface DatabaseProgram {
  readonly name: string
  /** Users to run it as where the tests run as root, which these servers refuse; the first that is there. */
  readonly users: readonly string[]
  install (folder: string): { readonly file: string, readonly args: readonly string[] }
  serve (folder: string, port: number): { readonly file: string, readonly args: readonly string[] }
  url (port: number): string
  /** Rejects while the server does not answer. */
  ask (url: string): Promise<void>
  /** Writes to its files what the server still has in memory. */
  flush (url: string): Promise<void>
  /** The signal that ends it without waiting for its clients. */
  readonly ending: NodeJS.Signals
}

interface Owner { uid?: number, gid?: number }

function ownerFor (users: readonly string[]): Owner {
  if (process.getuid?.() !== 0) return {}
  const rows = readFileSync('/etc/passwd', 'utf8').split('\n').map(line => line.split(':'))
  const row = users.map(user => rows.find(([name]) => name === user)).find(row => row !== undefined)
  return row === undefined ? {} : { uid: Number(row[2]), gid: Number(row[3]) }
}

/** Ends a server, and removes its folder, when this process ends before it could do so itself. */
function watch (pid: number, folder: string): ChildProcess {
  const watchdog = spawn('sh', ['-c', 'read _; kill -KILL "$0"; rm -rf "$1"', `${pid}`, folder], {
    stdio: ['pipe', 'ignore', 'ignore'], detached: true
  })
  watchdog.unref()
  return watchdog
}

function signal (pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // It has just ended.
    }
  }
}

/** A database server of a test: in a temporary folder, on a loopback port of its own. */
export class DatabaseServer {
  readonly url: string
  readonly port: number
  readonly #program: DatabaseProgram
  readonly #folder: string
  readonly #owner: Owner
  #process: ChildProcess | undefined
  #watchdog: ChildProcess | undefined

  private constructor (program: DatabaseProgram, folder: string, port: number, owner: Owner) {
    this.#program = program
    this.#folder = folder
    this.port = port
    this.url = program.url(port)
    this.#owner = owner
  }

  /** Makes a server with an empty database, and starts it. */
  static async start (program: DatabaseProgram): Promise<DatabaseServer> {
    const folder = mkdtempSync(join(tmpdir(), `fastify-login-${program.name}-`))
    const owner = ownerFor(program.users)
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid)
    const server = new DatabaseServer(program, folder, await freePort(), owner)
    try {
      const { file, args } = program.install(folder)
      await promisify(execFile)(file, args, { ...owner, cwd: folder })
      await server.#launch()
    } catch (error) {
      await server.close()
      throw error
    }
    return server
  }

  async #launch (): Promise<void> {
    const { file, args } = this.#program.serve(this.#folder, this.port)
    const child = spawn(file, args, { ...this.#owner, cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] })
    this.#process = child
    if (child.pid !== undefined) this.#watchdog = watch(child.pid, this.#folder)
    child.stderr.pipe(createWriteStream(join(this.#folder, 'log'), { flags: 'a' }))
    const end = performance.now() + PATIENCE
    for (;;) {
      try {
        return await this.#program.ask(this.url)
      } catch (error) {
        if (child.exitCode !== null || performance.now() > end) throw new Error(this.log(), { cause: error })
      }
      await setTimeout(50)
    }
  }

  log (): string {
    const path = join(this.#folder, 'log')
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  async #pauseAll (): Promise<readonly number[]> {
    const pid = this.#process?.pid
    if (pid === undefined) return []
    signal([pid], 'SIGSTOP')
    await untilStopped([pid])
    const others = descendantsOf(pid) // From here on it starts no more of them.
    signal(others, 'SIGSTOP')
    await untilStopped(others)
    return [pid, ...others]
  }

  async #end (send: (child: ChildProcess) => void): Promise<void> {
    const child = this.#process
    this.#process = undefined
    this.#watchdog?.kill()
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    send(child)
    await ended
  }

  /** Ends it as an operator does. */
  async stop (): Promise<void> {
    this.resume()
    await this.#end(child => child.kill(this.#program.ending))
  }

  /** Ends it as a crash does. */
  async kill (): Promise<void> {
    const pids = await this.#pauseAll()
    await this.#end(() => signal(pids, 'SIGKILL'))
    await untilEnded(pids) // PostgreSQL does not start again beside a process of before.
  }

  /** Starts it again after `stop` or `kill`, on the same port with the same data. */
  async start (): Promise<void> {
    await this.#launch()
  }

  async restart (): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** From here on it takes connections and answers nothing. */
  async pause (): Promise<void> {
    await this.#pauseAll()
  }

  resume (): void {
    const pid = this.#process?.pid
    if (pid !== undefined) signal([pid, ...descendantsOf(pid)], 'SIGCONT')
  }

  /** Everything that stands in its files, logs of transactions included. Long texts may be compressed there. */
  async rawBytes (): Promise<Buffer> {
    await this.#program.flush(this.url)
    const entries = readdirSync(this.#folder, { recursive: true, withFileTypes: true })
    const files = entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    return Buffer.concat(files.map(file => readFileSync(file)))
  }

  /** Ends it and removes its data. */
  async close (): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
