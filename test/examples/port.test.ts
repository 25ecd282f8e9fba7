import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { choosePort } from '../../examples/port.ts'
import { freePort } from '../_free-port.ts'

t.test('a port that is free is taken as it is', async t => {
  const free = await freePort()
  t.equal(await choosePort(String(free)), free)
})

t.test('where any port will do, a free one is chosen', async t => {
  t.ok(await choosePort('0') > 0)
})

t.test('where another program has the port, a free one is chosen', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  t.not(await choosePort(String(port)), port)
})

t.test('what is no port is refused by its name', async t => {
  for (const text of ['abc', '-1', '65536', '1.5']) {
    await t.rejects(choosePort(text), { message: `PORT is no port number: ${text}` })
  }
})
