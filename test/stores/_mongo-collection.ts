import { BSON } from 'mongodb'
import type { MongoCollection } from '../../lib/stores/mongodb/mongodb-store.ts'

type Document = Readonly<Record<string, unknown>>

/** Whether a value of a document fits what a filter says of it; of an array one element is enough. */
function fits (value: unknown, wanted: unknown): boolean {
  if (Array.isArray(value)) return value.some(each => fits(each, wanted))
  if (Buffer.isBuffer(wanted)) return Buffer.isBuffer(value) && value.equals(wanted)
  if (typeof wanted !== 'object' || wanted === null) return value === wanted
  return Object.entries(wanted).every(([operator, operand]) => {
    switch (operator) {
      case '$gt': return Number(value) > operand
      case '$lte': return Number(value) <= operand
      case '$in': return operand.some((each: unknown) => fits(value, each))
      default: throw new Error(`unknown operator ${operator}`)
    }
  })
}

/**
 * A collection in memory: the operators that the store uses, on documents that were BSON in between, each operation at
 * once and whole as on one document of MongoDB. Stands in where no MONGODB_URL is set.
 */
export class MongoCollectionDouble implements MongoCollection {
  readonly #documents = new Map<string, Uint8Array>()
  /** What every operation was given beside its filter and its document, in order. */
  readonly options: Array<readonly [operation: string, options: Document]> = []
  readonly indexes: unknown[] = []

  async findOne (filter: Document, options: Document): Promise<Document | null> {
    this.options.push(['findOne', options])
    return this.#find(filter, options)[0] ?? null
  }

  find (filter: Document, options: Document): { toArray (): Promise<readonly Document[]> } {
    this.options.push(['find', options])
    return { toArray: async () => this.#find(filter, options) }
  }

  async replaceOne (filter: Document, replacement: Document, options: Document): Promise<{ matchedCount: number }> {
    this.options.push(['replaceOne', options])
    const [found] = this.#find(filter)
    if (found === undefined && options['upsert'] !== true) return { matchedCount: 0 }
    const document = { _id: found?.['_id'] ?? filter['_id'], ...replacement }
    const id = this.#idOf(document)
    if (found === undefined && this.#documents.has(id)) {
      throw Object.assign(new Error('E11000 duplicate key error'), { code: 11000 })
    }
    this.#documents.set(id, BSON.serialize(document))
    return { matchedCount: found === undefined ? 0 : 1 }
  }

  async findOneAndDelete (filter: Document, options: Document): Promise<Document | null> {
    this.options.push(['findOneAndDelete', options])
    const [found] = this.#find(filter, options)
    if (found === undefined) return null
    this.#documents.delete(this.#idOf(found))
    return found
  }

  async deleteOne (filter: Document, options: Document): Promise<{ deletedCount: number }> {
    this.options.push(['deleteOne', options])
    const [found] = this.#find(filter)
    return { deletedCount: found !== undefined && this.#documents.delete(this.#idOf(found)) ? 1 : 0 }
  }

  async createIndexes (indexes: readonly unknown[]): Promise<unknown> {
    this.indexes.push(...indexes)
    return []
  }

  #idOf (document: Document): string {
    return Buffer.from(document['_id'] as Uint8Array).toString('hex')
  }

  #find (filter: Document, { projection }: Document = {}): readonly Document[] {
    const documents = [...this.#documents.values()].map(bytes => BSON.deserialize(bytes, { promoteBuffers: true }))
    const found = documents.filter(document =>
      Object.entries(filter).every(([name, wanted]) => fits(document[name], wanted)))
    if (typeof projection !== 'object' || projection === null) return found
    const names = new Set(['_id', ...Object.keys(projection)])
    return found.map(document => Object.fromEntries(Object.entries(document).filter(([name]) => names.has(name))))
  }
}
