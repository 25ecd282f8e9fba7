/** The process that fills the memory store. */
import { MemoryStore } from 'fastify-login/stores'
import { answerWith } from '../harness/child.ts'
import { usedBytes } from '../harness/used-bytes.ts'
import { personOf } from '../subjects/people.ts'

const TOMORROW = Date.now() + 86_400_000

/** Letters as long as what stands for a person or a session. */
function letters (length: number, index: number): string {
  return index.toString(36).padStart(length, 'abcdefghijklmnopqrstuvwxyz0123456789')
}

/** The keys and tags are those of store mode; the value has 200 bytes. */
async function fill (store: MemoryStore, sessions: number): Promise<void> {
  for (let index = 0; index < sessions; index++) {
    const person = letters(22, index)
    const value = JSON.stringify(personOf(index)).padEnd(200).slice(0, 200)
    await store.set(`session:{${person}}${letters(21, index)}`, value, { expiresAt: TOMORROW, tags: [`user:${person}`] })
  }
}

answerWith({
  /** Bytes that each session takes. */
  async fill (sessions: number) {
    const bounds = { entries: sessions, bytes: Infinity }
    await fill(new MemoryStore({ bounds }), 1000) // what is made once is made before
    const store = new MemoryStore({ bounds })
    const before = usedBytes()
    await fill(store, sessions)
    const bytes = usedBytes() - before
    if (store.size !== sessions) throw new Error(`${store.size} of ${sessions} sessions are in the store`)
    return bytes / sessions
  }
})
