import { test } from 'tap'
import { loadDriver } from '../../lib/stores/driver-package.ts'

test('a driver that is there is given', async t => {
  t.equal(await loadDriver('driver', async () => 1), 1)
})

test('a driver that is missing is named, with what to do', async t => {
  const cause = new Error('Cannot find package')
  await t.rejects(loadDriver('driver', async () => {
    throw cause
  }), { code: 'FST_LOGIN_CONFIGURATION', message: /npm install driver$/, cause })
})
