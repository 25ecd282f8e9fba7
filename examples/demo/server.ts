import { once } from 'node:events'
import { choosePort } from '../port.ts'
import { buildDemo } from './app.ts'

const port = await choosePort(process.env.PORT)
const app = await buildDemo({ port })
await app.listen({ port, host: 'localhost' })

console.log(`\nThe demonstration runs at http://localhost:${port}\nStop it with Ctrl+C.`)

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
await app.close()
