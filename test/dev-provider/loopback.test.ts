import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import t from 'tap'
import { fetchLoopback, isLoopback } from '../../lib/dev-provider/loopback.ts'

t.test('loopback is http or https to this machine, at any port', async t => {
  for (const address of ['http://localhost', 'https://localhost:8443/a?b', 'http://127.0.0.1:3000/x', 'http://[::1]:1/']) {
    t.ok(isLoopback(address), address)
  }
  for (const address of ['', 'localhost:3000', 'http://localhost.example.com/', 'http://localhost@example.com/',
    'http://127.0.0.1.example.com/', 'ftp://localhost/', 'https://example.com/localhost']) {
    t.notOk(isLoopback(address), address)
  }
})

t.test('outgoing requests reach this machine, follow no redirect and go nowhere else', async t => {
  const server = createServer((request, response) => {
    response.writeHead(302, { location: 'https://example.com/', 'x-method': `${request.method}` }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const response = await fetchLoopback(address, { method: 'POST', redirect: 'follow' })
  t.equal(response.status, 302)
  t.equal(response.headers.get('x-method'), 'POST')
  await t.rejects(fetchLoopback('https://example.com/', {}), { message: /outside this machine/ })
})
