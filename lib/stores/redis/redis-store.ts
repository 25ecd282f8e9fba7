import { randomBytes } from 'node:crypto'
import { inParts } from '../../in-parts.ts'
import { connect, type RedisClient, type RedisConnection } from './client.ts'
import { ReadBatch } from './read-batch.ts'
import { readRecord, writeRecord } from './record.ts'
import { createScript, type RedisScript, runScript } from './script.ts'
import { RedisTags } from './tags.ts'
import { type LocalCopyOptions, TrackedCopy } from './tracked-copy.ts'
import type { Entry, Store, StoreOptions, WriteOptions } from '../store.ts'

export type { RedisClient } from './client.ts'
export type { LocalCopyBounds } from './local-copy.ts'
export type { LocalCopyOptions } from './tracked-copy.ts'

/** What a `RedisStore` takes beside its client. */
export interface RedisStoreOptions extends StoreOptions {
  /** What all its keys begin with. @default 'fastify-login:' */
  readonly prefix?: string
  /**
   * Keeps what was read in this process too, until the server tells that it has changed. It takes a connection more,
   * and Redis 6 or later; where the server does not tell, or is not heard, every read asks it.
   * @default false
   */
  readonly localCopy?: boolean | LocalCopyOptions | undefined
}

/** The version that lives, marked so that no version is the text of an argument that is left out. */
const LIVING = `
local version, expiresAt = string.match(redis.call('GETRANGE', KEYS[1], 0, 127), '^(%S+) (%S+) ')
local living = version and tonumber(expiresAt) > tonumber(ARGV[1]) and '=' .. version or ''
`

/** A client that lost its connection may send a command twice: what this very write has written counts as success. */
const WRITE = createScript(`${LIVING}
if living == '=' .. ARGV[3] then return 1 end
if living ~= ARGV[2] then return 0 end
if tonumber(ARGV[5]) <= 0 then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
end
return 1
`)

const TAKE = createScript(`
local record = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[1])
return record
`)

const DELETE = createScript(`${LIVING}
if living == '' or (ARGV[2] ~= '' and living ~= ARGV[2]) then return 0 end
return redis.call('DEL', KEYS[1])
`)

/** The part of a key that decides where it lies on a cluster, or all of it. */
const hashTag = (key: string): string => /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key

/**
 * A store in Redis, or Valkey: one text under each key, one command for each operation without tags. Values are ended
 * by the server too, so that nothing need be swept; its clock need not agree with ours.
 *
 * Errors of the client reject. The client is the application's: it makes it, and closes it.
 *
 * @throws ConfigurationError where the client is none that is known, or none that `localCopy` can be of
 * @example
 * const store = new RedisStore(new Redis('redis://localhost:6379'))
 */
export class RedisStore implements Store {
  readonly #connection: RedisConnection
  readonly #copy: TrackedCopy | undefined
  readonly #batch = new ReadBatch(names => this.#askForAll(names))
  readonly #now: () => number
  readonly #prefix: string
  readonly #tags: RedisTags

  constructor (client: RedisClient, options: RedisStoreOptions = {}) {
    const { now = Date.now, prefix = 'fastify-login:', localCopy = false } = options
    this.#connection = connect(client)
    this.#now = now
    this.#prefix = `${prefix}key:`
    this.#tags = new RedisTags(this.#connection, `${prefix}tag:`)
    const copied = { client, connection: this.#connection, prefix: this.#prefix }
    if (localCopy !== false) this.#copy = new TrackedCopy(copied, localCopy === true ? {} : localCopy)
  }

  async get (key: string): Promise<Entry | undefined> {
    return this.#living(toEntry(await this.#read(key)))
  }

  async getMany (keys: readonly string[]): Promise<ReadonlyArray<Entry | undefined>> {
    const ask = async (): Promise<ReadonlyArray<Entry | undefined>> => (await this.#readMany(keys)).map(toEntry)
    const entries = this.#copy === undefined ? await ask() : await this.#copy.read(keys, ask)
    return entries.map(entry => this.#living(entry))
  }

  /** Knows what `getMany` has read, with `localCopy` alone. */
  peek (keys: readonly string[]): ReadonlyArray<Entry | undefined> | undefined {
    return this.#copy?.peek(keys)?.map(entry => this.#living(entry))
  }

  async add (key: string, value: string, options: WriteOptions): Promise<string | undefined> {
    return await this.#write(key, value, options, '')
  }

  async set (key: string, value: string, { expiresAt, tags = [] }: WriteOptions): Promise<string> {
    const version = createVersion()
    const life = this.#lifeUntil(expiresAt)
    const record = writeRecord({ value, version, expiresAt, tags })
    const [command, ...args] = life <= 0 ? ['del'] as const : ['set', record, 'PX', String(life)] as const
    await this.#named(tags, key, life, () => this.#change(key, () =>
      this.#connection.send(this.#prefix + key, command, this.#prefix + key, ...args)))
    return version
  }

  async replace (key: string, version: string, value: string, options: WriteOptions): Promise<string | undefined> {
    return await this.#write(key, value, options, `=${version}`)
  }

  async take (key: string): Promise<string | undefined> {
    const reply = await this.#run(TAKE, key)
    return this.#living(toEntry(textOf(reply)))?.value
  }

  async delete (key: string, version?: string): Promise<boolean> {
    const wanted = version === undefined ? '' : `=${version}`
    return isDone(await this.#run(DELETE, key, String(this.#now()), wanted))
  }

  /** What is deleted is not taken out of its tags, which may lie on another server: here that is found, and mended. */
  async keys (tag: string): Promise<readonly string[]> {
    const members = await this.#tags.list(tag)
    const texts = await inParts(members.map(({ key }) => key), some => this.#readMany(some))
    const isUnder = (text: string | undefined): boolean => text !== undefined && readRecord(text).tags.includes(tag)
    await this.#tags.forget(tag, members.filter((_, index) => !isUnder(texts[index])))
    return members.filter((_, index) => isUnder(texts[index]) && this.#living(toEntry(texts[index])) !== undefined)
      .map(({ key }) => key)
  }

  /** The client belongs to the application, and stays open: nothing is closed but the connection of `localCopy`. */
  async close (): Promise<void> {
    this.#copy?.close()
  }

  async #write (
    key: string, value: string, { expiresAt, tags = [] }: WriteOptions, over: string
  ): Promise<string | undefined> {
    const version = createVersion()
    const life = this.#lifeUntil(expiresAt)
    const record = writeRecord({ value, version, expiresAt, tags })
    const args = [String(this.#now()), over, version, record, String(life)]
    const reply = await this.#named(tags, key, life, () => this.#run(WRITE, key, ...args))
    return isDone(reply) ? version : undefined
  }

  /**
   * Writes between two namings in the tags. The first is there should we die in between; the second mends what `keys`
   * took out because it found the name before there was a record.
   */
  async #named<Reply> (
    tags: readonly string[], key: string, life: number, write: () => Promise<Reply>
  ): Promise<Reply> {
    const names = life > 0 ? tags : []
    await this.#tags.name(names, key, life)
    const reply = await write()
    await this.#tags.name(names, key, life)
    return reply
  }

  #run (script: RedisScript, key: string, ...args: readonly string[]): Promise<unknown> {
    return this.#change(key, () => runScript(this.#connection, script, this.#prefix + key, ...args))
  }

  async #change (key: string, work: () => Promise<unknown>): Promise<unknown> {
    return this.#copy === undefined ? await work() : await this.#copy.change(key, work)
  }

  async #read (key: string): Promise<string | undefined> {
    return textOf(await this.#connection.send(this.#prefix + key, 'get', this.#prefix + key))
  }

  /** In one step, but where a cluster has the keys on several servers. */
  async #readMany (keys: readonly string[]): Promise<ReadonlyArray<string | undefined>> {
    const names = keys.map(key => this.#prefix + key)
    const [first] = names
    if (first === undefined) return []
    if (!this.#connection.isCluster) return await this.#batch.read(names)
    const isTogether = names.every(name => hashTag(name) === hashTag(first))
    return isTogether ? await this.#ask(names, first) : await Promise.all(keys.map(key => this.#read(key)))
  }

  /** A server may be a cluster by itself, of which the client knows nothing, and then refuses keys of several slots. */
  async #askForAll (names: readonly string[]): Promise<ReadonlyArray<string | undefined>> {
    try {
      return await this.#ask(names, '')
    } catch (error) {
      if (!isOfSeveralSlots(error)) throw error
      return await Promise.all(names.map(async name => textOf(await this.#connection.send(name, 'get', name))))
    }
  }

  /** @param key by which a cluster finds the server */
  async #ask (names: readonly string[], key: string): Promise<ReadonlyArray<string | undefined>> {
    return [await this.#connection.send(key, 'mget', ...names)].flat().map(textOf)
  }

  /** Milliseconds; the server counts in whole ones. */
  #lifeUntil (expiresAt: number): number {
    return Math.ceil(expiresAt - this.#now())
  }

  #living (entry: Entry | undefined): Entry | undefined {
    return entry !== undefined && entry.expiresAt > this.#now() ? entry : undefined
  }
}

function toEntry (text: string | undefined): Entry | undefined {
  if (text === undefined) return undefined
  const { value, version, expiresAt } = readRecord(text)
  return { value, version, expiresAt }
}

/** Never the same twice, on whatever server and after whatever loss of data. */
function createVersion (): string {
  return randomBytes(12).toString('base64url')
}

const isOfSeveralSlots = (error: unknown): boolean => error instanceof Error && error.message.startsWith('CROSSSLOT')

/** Clients can be told to give bytes instead of texts. */
function textOf (reply: unknown): string | undefined {
  return reply === null || reply === undefined ? undefined : String(reply)
}

const isDone = (reply: unknown): boolean => Number(reply) === 1
