import { ConfigurationError } from '../errors.ts'
import { MemoryStore } from './memory/memory-store.ts'
import { type MongoCollection, type MongoDatabase, MongoStore } from './mongodb/mongodb-store.ts'
import { openMongodb } from './mongodb/open-mongodb.ts'
import { openMysql } from './sql/open-mysql.ts'
import { openPostgresql } from './sql/open-postgresql.ts'
import { openRedis } from './redis/open-redis.ts'
import { openSqlite } from './sql/open-sqlite.ts'
import { type LocalCopyOptions, type RedisClient, RedisStore } from './redis/redis-store.ts'
import { isSqlDatabase } from './sql/database.ts'
import { SqlStore } from './sql/sql-store.ts'
import type { Store, StoreOptions } from './store.ts'

/** A store, a client or database that the application has, or a URL. */
export type StoreSource = Store | string | object

/** What a store that is opened takes. */
export interface OpenOptions extends StoreOptions {
  /** Keeps what was read in this process too. For Redis alone; see `RedisStoreOptions`. @default false */
  readonly localCopy?: boolean | LocalCopyOptions | undefined
}

export interface OpenedStore {
  readonly store: Store
  /**
   * Whether it was made here, so that whoever asked for it closes it. That ends the connections which were opened for a
   * URL, and never a client of the application.
   */
  readonly isOwn: boolean
}

type Open = (url: string, options: OpenOptions) => Promise<Store>

const unreadable = (): ConfigurationError => new ConfigurationError('"session.store" or "broker.store" is a URL that ' +
  'its driver cannot read. Write scheme://user:password@host:port/database, and percent-encode what is neither letter nor digit in the ' +
  'user and in the password.')

/** What a driver throws at a URL goes no further: it may show the URL, and so a password. */
function discreet (open: Open): Open {
  return async function openDiscreetly (url, options) {
    try {
      return await open(url, options)
    } catch (error) {
      throw error instanceof ConfigurationError ? error : unreadable()
    }
  }
}

/** For drivers that look at their URL no sooner than at the first query. */
function parsed (open: Open): Open {
  return discreet(async (url, options) => {
    if (!URL.canParse(url)) throw unreadable()
    return await open(url, options)
  })
}

async function openMemory (url: string, options: StoreOptions): Promise<Store> {
  if (url.length > 'memory:'.length) throw refusal()
  return new MemoryStore(options)
}

const openers: ReadonlyMap<string, Open> = new Map<string, Open>([
  ['memory:', openMemory],
  ['sqlite:', openSqlite],
  ['redis:', parsed(openRedis)],
  ['rediss:', parsed(openRedis)],
  ['valkey:', parsed((url, options) => openRedis(withScheme('redis:', url), options))],
  ['postgresql:', parsed(openPostgresql)],
  ['postgres:', parsed(openPostgresql)],
  ['mysql:', parsed(openMysql)],
  ['mariadb:', parsed((url, options) => openMysql(withScheme('mysql:', url), options))],
  ['mongodb:', discreet(openMongodb)],
  ['mongodb+srv:', discreet(openMongodb)]
])

function withScheme (scheme: string, url: string): string {
  return scheme + url.slice(url.indexOf(':') + 1)
}

const hasMethods = (value: object, ...names: readonly string[]): boolean =>
  names.every(name => typeof Reflect.get(value, name) === 'function')

const isStore = (value: object): value is Store =>
  hasMethods(value, 'get', 'getMany', 'add', 'set', 'replace', 'take', 'delete', 'keys', 'close')

const isMongo = (value: object): value is MongoDatabase | MongoCollection =>
  hasMethods(value, 'findOneAndDelete', 'createIndexes') || hasMethods(value, 'collection', 'command')

const isMongoClient = (value: object): value is { db (): MongoDatabase } => hasMethods(value, 'db', 'startSession')

const isRedis = (value: object): value is RedisClient => hasMethods(value, 'sendCommand')

function wrap (client: object, options: OpenOptions): Store | undefined {
  if (isMongoClient(client)) return new MongoStore(client.db(), options)
  if (isMongo(client)) return new MongoStore(client, options)
  if (isRedis(client)) return new RedisStore(client, options)
  return isSqlDatabase(client) ? new SqlStore(client, options) : undefined
}

const redisSchemes = ['redis:', 'rediss:', 'valkey:']

/** An option never does nothing in silence. */
function assertCanCopy (isPossible: boolean, { localCopy = false }: OpenOptions): void {
  if (localCopy === false || isPossible) return
  throw new ConfigurationError('"session.localCopy" is for Redis: give "session.store" a client of ioredis or redis, or an ' +
    `address that begins with ${redisSchemes.join(', ')}. To a RedisStore that you made, give it yourself, as ` +
    'new RedisStore(client, { localCopy: true }).')
}

/** Says what to write, and nothing of what was written: there may be a password in it. */
function refusal (): ConfigurationError {
  return new ConfigurationError('"session.store" or "broker.store" is none of what it can be. Write a URL that begins with ' +
    `${[...openers.keys()].join(', ')}, or give a client of ioredis, redis, pg, mysql2 or mongodb, ` +
    'a database of node:sqlite or better-sqlite3, or a Store of your own.')
}

/**
 * Opens what an application names as its store.
 *
 * A client that the application has is recognised by what it can do, and stays the application's to close; one of
 * MongoDB must be connected. A driver for a URL is loaded here, and need not reach its server yet.
 *
 * @throws ConfigurationError for anything else, and where the package of the driver is not installed
 * @example const { store, isOwn } = await openStore('redis://localhost:6379', { now: Date.now })
 */
export async function openStore (source: StoreSource, options: OpenOptions = {}): Promise<OpenedStore> {
  if (typeof source === 'string') {
    const scheme = /^[a-z+]+:/i.exec(source)?.[0].toLowerCase() ?? ''
    const open = openers.get(scheme)
    if (open === undefined) throw refusal()
    assertCanCopy(redisSchemes.includes(scheme), options)
    return { store: await open(source, options), isOwn: true }
  }
  if (typeof source !== 'object' || source === null) throw refusal()
  assertCanCopy(!isStore(source) && isRedis(source), options)
  if (isStore(source)) return { store: source, isOwn: false }
  const store = wrap(source, options)
  if (store === undefined) throw refusal()
  return { store, isOwn: true }
}
