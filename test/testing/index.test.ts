import { test } from 'tap'
import * as testing from '../../lib/testing/index.ts'

test('what tests of an application need is exported, and nothing else', async t => {
  t.same(Object.keys(testing).toSorted(), ['createClock', 'signedIn', 'storeContract'])
})
