import { randomUUID } from 'node:crypto'
import type { Entry, Store, StoreOptions, WriteOptions } from '../store.ts'
import { decodeText, encodeKey, encodeValue } from '../stored-bytes.ts'

type Document = Readonly<Record<string, unknown>>

interface MongoIndex {
  readonly key: Record<string, 1>
  readonly name: string
  readonly expireAfterSeconds?: number
}

/** The parts of a `Collection` of the package mongodb, versions 6 and 7, that are used here. */
export interface MongoCollection {
  findOne (filter: Document, options: Document): Promise<Document | null>
  find (filter: Document, options: Document): { toArray (): Promise<readonly Document[]> }
  replaceOne (filter: Document, replacement: Document, options: Document): Promise<{ readonly matchedCount: number }>
  findOneAndDelete (filter: Document, options: Document): Promise<Document | null>
  deleteOne (filter: Document, options: Document): Promise<{ readonly deletedCount: number }>
  createIndexes (indexes: MongoIndex[]): Promise<unknown>
}

/** The part of a `Db` that is used here. */
export interface MongoDatabase {
  collection (name: string): MongoCollection
}

export interface MongoStoreOptions extends StoreOptions {
  /** The name of the collection. @default 'fastify_login' */
  readonly collection?: string
}

/** What `Buffer` and `number` come back as, whatever the application told its client. */
const ANSWERS = { promoteValues: true, promoteBuffers: true, raw: false } as const

/** From the primary: a secondary may not know yet that somebody logged out. */
const READ = Object.freeze({ ...ANSWERS, readPreference: 'primary', readConcern: { level: 'local' } })

/**
 * By a majority: what one member alone has is lost when another takes its place, and a spent state or an ended session
 * would be good again. The bound keeps writes that wait for a lost majority from filling the pool of the client.
 */
const WRITE = Object.freeze({ ...ANSWERS, writeConcern: { w: 'majority', wtimeoutMS: 5000 } })

/** After the end, for processes whose clock is behind that of the server, which deletes by this. */
const GRACE = 3_600_000
const LAST_DATE = 8.64e15
const DUPLICATE_KEY = 11000

const isDuplicate = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === DUPLICATE_KEY

function toReplacement (value: string, version: string, { expiresAt, tags = [] }: WriteOptions): Document {
  const removeAt = new Date(Math.min(expiresAt + GRACE, LAST_DATE))
  return { value: encodeValue(value), version, expiresAt, tags: tags.map(encodeKey), removeAt }
}

/**
 * A store in a collection of MongoDB. One document is one key, every operation is one command, and the indexes (one to
 * find by tag, one that lets MongoDB delete an hour after the end) are made at the first write.
 *
 * Keys and tags are bytes in it: texts compare by the collation of their collection, which may take 'a' for 'A'.
 *
 * @example const store = new MongoStore(client.db('shop'))
 */
export class MongoStore implements Store {
  readonly #collection: MongoCollection
  readonly #now: () => number
  #migrated: Promise<unknown> | undefined

  /** @param source a `Db`, or the `Collection` itself */
  constructor (source: MongoDatabase | MongoCollection, options: MongoStoreOptions = {}) {
    const { now = Date.now, collection = 'fastify_login' } = options
    this.#collection = 'findOne' in source ? source : source.collection(collection)
    this.#now = now
  }

  /** Makes the indexes where they are missing. Several processes may do so at once; a failed attempt is made again. */
  async migrate (): Promise<void> {
    this.#migrated ??= this.#collection.createIndexes([
      { key: { removeAt: 1 }, name: 'removeAt', expireAfterSeconds: 0 },
      { key: { tags: 1 }, name: 'tags' }
    ]).catch((error: unknown) => {
      this.#migrated = undefined
      throw error
    })
    await this.#migrated
  }

  async get (key: string): Promise<Entry | undefined> {
    const projection = { value: 1, version: 1, expiresAt: 1 }
    return this.#toEntry(await this.#collection.findOne({ _id: encodeKey(key) }, { ...READ, projection }))
  }

  async getMany (keys: readonly string[]): Promise<ReadonlyArray<Entry | undefined>> {
    const projection = { value: 1, version: 1, expiresAt: 1 }
    const filter = { _id: { $in: keys.map(encodeKey) } }
    const documents = await this.#collection.find(filter, { ...READ, projection, batchSize: keys.length + 1 }).toArray()
    const found = new Map(documents.map(document => [decodeText(document['_id']), document]))
    return keys.map(key => this.#toEntry(found.get(key)))
  }

  async add (key: string, value: string, options: WriteOptions): Promise<string | undefined> {
    await this.migrate()
    try {
      // Where something lives the filter finds nothing, so the upsert inserts and meets the key that is taken.
      return await this.#put({ _id: encodeKey(key), expiresAt: { $lte: this.#now() } }, value, options)
    } catch (error) {
      if (isDuplicate(error)) return undefined
      throw error
    }
  }

  async set (key: string, value: string, options: WriteOptions): Promise<string> {
    await this.migrate()
    const filter = { _id: encodeKey(key) }
    try {
      return await this.#put(filter, value, options)
    } catch (error) {
      if (!isDuplicate(error)) throw error
      return await this.#put(filter, value, options) // another process inserted between our search and our insert
    }
  }

  async replace (key: string, version: string, value: string, options: WriteOptions): Promise<string | undefined> {
    const next = randomUUID()
    const replacement = toReplacement(value, next, options)
    const { matchedCount } = await this.#collection.replaceOne({ ...this.#living(key), version }, replacement, WRITE)
    return matchedCount === 1 ? next : undefined
  }

  async take (key: string): Promise<string | undefined> {
    const options = { ...WRITE, projection: { value: 1 }, includeResultMetadata: false }
    const document = await this.#collection.findOneAndDelete(this.#living(key), options)
    return document === null ? undefined : decodeText(document['value'])
  }

  async delete (key: string, version?: string): Promise<boolean> {
    const filter = version === undefined ? this.#living(key) : { ...this.#living(key), version }
    const { deletedCount } = await this.#collection.deleteOne(filter, WRITE)
    return deletedCount === 1
  }

  async keys (tag: string): Promise<readonly string[]> {
    const filter = { tags: encodeKey(tag), expiresAt: { $gt: this.#now() } }
    const documents = await this.#collection.find(filter, { ...READ, projection: { _id: 1 } }).toArray()
    return documents.map(document => decodeText(document['_id']))
  }

  /** Does nothing: the client is the application's. */
  async close (): Promise<void> {}

  #living (key: string): Document {
    return { _id: encodeKey(key), expiresAt: { $gt: this.#now() } }
  }

  async #put (filter: Document, value: string, options: WriteOptions): Promise<string> {
    const version = randomUUID()
    await this.#collection.replaceOne(filter, toReplacement(value, version, options), { ...WRITE, upsert: true })
    return version
  }

  #toEntry (document: Document | null | undefined): Entry | undefined {
    if (document === null || document === undefined) return undefined
    const { value, version, expiresAt } = document as Document & Entry
    return expiresAt > this.#now() ? { value: decodeText(value), version, expiresAt } : undefined
  }
}
