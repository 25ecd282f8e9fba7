import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type Test, test } from 'tap'
import { Connection } from '../../benchmarks/harness/connection.ts'
import { cookieOf, readAnswer, requestOf } from '../../benchmarks/harness/http.ts'
import { Target } from '../../benchmarks/harness/target.ts'
import { personOf } from '../../benchmarks/subjects/people.ts'

function answer (status: number, body: string, head = ''): Buffer {
  return Buffer.from(`HTTP/1.1 ${status} X\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${head}\r\n${body}`)
}

test('an answer is read whole, however it comes', async t => {
  const bytes = answer(200, 'äöü')
  t.match(readAnswer(bytes), { status: 200, bodyLength: 6, length: bytes.length })
  for (let length = 0; length < bytes.length; length++) t.equal(readAnswer(bytes.subarray(0, length)), undefined)
  t.throws(() => readAnswer(Buffer.concat([bytes, bytes])), /how long it is/)
  t.throws(() => readAnswer(Buffer.from('HTTP/1.1 200 OK\r\n\r\nbody')), /how long it is/)
})

test('a request carries the cookies that the last answer set', async t => {
  const set = readAnswer(answer(200, '', 'set-cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n'))
  t.equal(set && cookieOf(set), 'a=1; b=2')
  const unset = readAnswer(answer(200, ''))
  t.equal(unset && cookieOf(unset), undefined)
  t.equal(requestOf('/me', { cookie: 'a=1' }).toString(), 'GET /me HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: a=1\r\n\r\n')
})

/** A server that gives the answers in turn, the last of them for ever. */
async function serve (t: Test, ...answers: readonly Buffer[]): Promise<number> {
  let asked = 0
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', () => {
      const bytes = answers[Math.min(asked++, answers.length - 1)]
      if (bytes === undefined) socket.destroy()
      else socket.write(bytes)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

const load = { path: '/me', headers: [{}, {}], status: 200, isOfOnePerson: false, keepsCookies: false } as const
const right = [answer(200, JSON.stringify(personOf(0))), answer(200, JSON.stringify(personOf(1)))]

test('a load counts the answers of rounds', async t => {
  const target = new Target({ ...load, port: await serve(t, ...right) })
  await target.compare()
  await target.connect()
  t.equal(await target.run({ milliseconds: 60_000, requests: 200 }), 200)
  target.disconnect()
})

test('a person who is answered another one is found before anything is timed', async t => {
  const target = new Target({ ...load, port: await serve(t, ...right.slice(0, 1)) })
  await t.rejects(target.compare(), /person-00000001.*, but got .*person-00000000/s)
})

test('one wrong answer fails the round', async t => {
  for (const wrong of [answer(500, JSON.stringify(personOf(1))), answer(200, 'less')]) {
    const target = new Target({ ...load, port: await serve(t, ...right, ...right, wrong) })
    await target.compare()
    await target.connect()
    await t.rejects(target.run({ milliseconds: 60_000 }), /expected 200 with \d+ bytes, but got/)
    target.disconnect()
  }
})

test('a server that hangs up fails the round', async t => {
  const connection = await Connection.open(await serve(t))
  await t.rejects(connection.ask(requestOf('/me', {})), /closed a connection|ECONNRESET/)
  connection.close()
})
