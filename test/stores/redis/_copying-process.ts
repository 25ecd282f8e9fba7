import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { RedisStore } from '../../../lib/stores/redis/redis-store.ts'
import type { RedisClient } from '../../../lib/stores/redis/client.ts'

/**
 * A process that looks at keys without a pause, and that tells
 * `copying` when it knows them by heart,
 * `[key, at]` for each key whose entry is another than at first, with the time when that was seen first,
 * `[key, 'back']` should the first entry be seen once more.
 */
const [url = '', driver = '', ...keys] = process.argv.slice(2)

async function connect (): Promise<RedisClient> {
  return driver === 'ioredis' ? new Redis(url, { enableAutoPipelining: true }) : await createClient({ url }).connect()
}

function tell (message: unknown): void {
  process.send?.(message)
}

process.on('disconnect', () => process.exit())
const store = new RedisStore(await connect(), { localCopy: true })
const first = (await store.getMany(keys)).map(entry => entry?.version)
const changed = new Set<string>()
let isCopying = false

while (true) {
  const known = store.peek(keys)
  const entries = known ?? await store.getMany(keys)
  entries.forEach((entry, index) => {
    const key = keys[index] ?? ''
    const isFirst = entry?.version === first[index]
    if (isFirst === !changed.has(key)) return
    if (!isFirst) changed.add(key)
    tell([key, isFirst ? 'back' : Date.now()])
  })
  if (!isCopying && known !== undefined) tell('copying')
  isCopying ||= known !== undefined
  // The load: requests that keep the process busy between two looks at the sockets.
  for (const until = performance.now() + 2; performance.now() < until;) store.peek(keys)
  await new Promise(resolve => { setImmediate(resolve) })
}
