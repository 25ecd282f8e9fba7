/**
 * Prints what an entry of a memory store takes, in bytes, with values of so many characters: a program of its own,
 * `node --expose-gc --import=./test/_setup.js test/stores/memory/_measure-memory.ts 200`.
 */
import { randomBytes } from 'node:crypto'
import { MemoryStore } from '../../../lib/stores/memory/memory-store.ts'

const ENTRIES = 100_000
const length = Number(process.argv[2])

const random = (characters: number): string => randomBytes(characters).toString('hex').slice(0, characters)

function bytes (): number {
  globalThis.gc?.()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

/** Keys are made anew, so that none but the store keeps any. */
const keyOf = (index: number): string => `session:${String(index).padStart(68, '0')}`

async function fill (store: MemoryStore): Promise<void> {
  const expiresAt = Date.now() + 3_600_000
  for (let index = 0; index < ENTRIES; index++) {
    await store.set(keyOf(index), random(length), { expiresAt, tags: [`sub:${random(23)}`] })
  }
}

async function measure (): Promise<void> {
  const store = new MemoryStore()
  await store.set('session:warm', random(length), { expiresAt: Date.now() + 3_600_000, tags: ['sub:warm'] })
  const before = bytes()
  await fill(store)
  const perEntry = Math.round((bytes() - before) / ENTRIES)
  for (let index = 0; index < ENTRIES; index++) await store.delete(keyOf(index))
  const left = Math.round((bytes() - before) / ENTRIES)
  console.log(JSON.stringify({ perEntry, left }))
}

if (length > 0) await measure()
