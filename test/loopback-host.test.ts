import { test } from 'tap'
import { isLoopbackHost } from '../lib/loopback-host.ts'

test('a host is loopback only by its whole name', async t => {
  for (const host of ['localhost', 'a.b.localhost', '127.0.0.1', '[::1]']) t.equal(isLoopbackHost(host), true, host)
  const others = ['', '.localhost', 'localhost.', 'xlocalhost', 'localhost.example', '1127.0.0.1', '127.0.0.1x', '::1']
  for (const host of others) t.equal(isLoopbackHost(host), false, host)
})
