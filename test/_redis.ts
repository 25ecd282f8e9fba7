import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './_free-port.ts'
import { untilStopped } from './_processes.ts'
import { redisServerPath } from './_services.ts'

/** A Redis server on a loopback port of its own, with its data in a temporary folder. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Ends the server and takes away its data. */
  stop (): Promise<void>
  /** Ends the server as a power cut does. */
  kill (): Promise<void>
  /** Starts it again on the same port, after it was killed or not. Without `persistent` its data is gone. */
  restart (): Promise<void>
  /** It answers nobody, until it is resumed. */
  pause (): Promise<void>
  resume (): void
  /** The commands that clients send while `work` is done, without those that scripts call. */
  commandsDuring (work: () => Promise<unknown>): Promise<readonly string[]>
  /** Everything that it holds, names and values, as its own file of data has it, and as text. */
  dump (): Promise<string>
}

export interface RedisServerOptions {
  /** Whether data outlives a restart. @default false */
  readonly persistent?: boolean
  /** Further arguments of the program. */
  readonly args?: readonly string[]
}

const MOST_TRIES = 20

/** Whether it is this process that answers, and not another that was faster to take the port. */
async function isListening (port: number, pid: number | undefined): Promise<boolean> {
  const socket = connectSocket(port, '127.0.0.1')
  const answering = once(socket, 'data', { signal: AbortSignal.timeout(1000) })
  try {
    socket.write('INFO server\r\n')
    const [answer] = await answering
    return String(answer).includes(`process_id:${pid}\r`)
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function start (port: number, folder: string, args: readonly string[]): Promise<ChildProcess> {
  const program = redisServerPath() ?? 'redis-server'
  const child = spawn(program, [
    '--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--daemonize', 'no', ...args
  ], { stdio: 'ignore' })
  const kill = (): void => { child.kill('SIGKILL') } // a server must not outlive a test that broke off
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  while (child.exitCode === null && !await isListening(port, child.pid)) await wait(20)
  if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`)
  return child
}

/** Another process may take a port between our finding it and our server's opening it. */
async function startSomewhere (folder: string, args: readonly string[]): Promise<readonly [number, ChildProcess]> {
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    try {
      return [port, await start(port, folder, args)]
    } catch (error) {
      if (tries === MOST_TRIES) throw error
    }
  }
}

async function end (child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

/** The text that marks the end of what is watched. */
const MARK = 'end of the watch'

async function watch (port: number, work: () => Promise<unknown>): Promise<readonly string[]> {
  const client = new Redis(port, '127.0.0.1')
  await client.ping() // What it asks by itself when it connects is none of the work.
  const monitor = await client.monitor()
  const commands: string[] = []
  const isOver = new Promise<void>(resolve => {
    monitor.on('monitor', (_time: string, args: readonly string[], source: string) => {
      if (args.includes(MARK)) resolve()
      else if (source !== 'lua') commands.push(String(args[0]).toLowerCase())
    })
  })
  await work()
  await client.echo(MARK)
  await isOver
  for (const each of [client, monitor]) each.disconnect()
  return commands
}

async function dumpAll (port: number, folder: string): Promise<string> {
  const client = new Redis(port, '127.0.0.1')
  await client.config('SET', 'rdbcompression', 'no')
  await client.save()
  const texts: Buffer[] = [readFileSync(join(folder, 'dump.rdb'))]
  for (const key of await client.keysBuffer('*')) texts.push(key, await client.dumpBuffer(key) ?? Buffer.alloc(0))
  client.disconnect()
  return Buffer.concat(texts).toString('latin1')
}

/** Starts a server; tests stop it in their teardown. */
export async function startRedis ({ persistent = false, args = [] }: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'fastify-login-redis-'))
  // What a killed process wrote is in the file all the same, and nobody waits for a slow disk.
  const everyArg = [...(persistent ? ['--appendonly', 'yes', '--appendfsync', 'no'] : []), ...args]
  const [port, first] = await startSomewhere(folder, everyArg)
  let child = first
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async stop () {
      await end(child, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
    kill: () => end(child, 'SIGKILL'),
    async restart () {
      await end(child, 'SIGTERM')
      child = await start(port, folder, everyArg)
    },
    async pause () {
      child.kill('SIGSTOP')
      if (child.pid !== undefined) await untilStopped([child.pid])
    },
    resume () { child.kill('SIGCONT') },
    commandsDuring: work => watch(port, work),
    dump: () => dumpAll(port, folder)
  }
}

/** Three servers that share the keys. */
export interface RedisCluster {
  /** Of its first server. */
  readonly url: string
  readonly servers: readonly RedisServer[]
  stop (): Promise<void>
}

/** Starts a cluster of three masters, and waits until each of them says that all is well. */
export async function startRedisCluster (): Promise<RedisCluster> {
  const servers: RedisServer[] = []
  for (let index = 0; index < 3; index++) servers.push(await startRedis({ args: ['--cluster-enabled', 'yes'] }))
  const cli = join(dirname(redisServerPath() ?? ''), 'redis-cli')
  const nodes = servers.map(({ port }) => `127.0.0.1:${port}`)
  execFileSync(cli, ['--cluster', 'create', ...nodes, '--cluster-replicas', '0', '--cluster-yes'], { stdio: 'ignore' })
  for (const { port } of servers) {
    const client = new Redis(port, '127.0.0.1')
    while (!String(await client.cluster('INFO')).includes('cluster_state:ok')) await wait(50)
    client.disconnect()
  }
  const [{ url } = { url: '' }] = servers
  return { url, servers, async stop () { for (const server of servers) await server.stop() } }
}
