import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { choosePort } from '../port.ts'
import { buildPasswordExample } from './app.ts'

const port = await choosePort(process.env.PORT)
const password = randomBytes(6).toString('base64url')
const app = await buildPasswordExample({ port, passwords: { ada: password } })
await app.listen({ port, host: 'localhost' })

console.log(`Sign in at http://localhost:${port} as ada, with the password ${password}\nStop it with Ctrl+C.`)

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
await app.close()
