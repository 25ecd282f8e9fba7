import { test } from 'tap'
import * as stores from '../../lib/stores/index.ts'

test('the stores are exported, and what opens and prepares them, and nothing else', async t => {
  t.same(Object.keys(stores).toSorted(), ['MemoryStore', 'MongoStore', 'RedisStore', 'SqlStore', 'migrate', 'openStore'])
})
