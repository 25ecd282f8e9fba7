import { once } from 'node:events'
import { choosePort } from '../port.ts'
import { buildInstances } from './app.ts'

const ports = [await choosePort(process.env.PORT), await choosePort('0')] as const
const apps = await buildInstances({ ports })
await Promise.all(apps.map((app, index) => app.listen({ port: Number(ports[index]), host: 'localhost' })))

console.log(`
Get a token of the archive:     npx fastify-login login http://localhost:${ports[0]}
Show it to the reports:         curl -H "Authorization: Bearer $TOKEN" http://localhost:${ports[1]}/me
and to the archive itself:      curl -H "Authorization: Bearer $TOKEN" http://localhost:${ports[0]}/me
Stop both with Ctrl+C.`)

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
await Promise.all(apps.map(app => app.close()))
