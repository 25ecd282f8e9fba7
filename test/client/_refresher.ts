/** A script that needs a token: says so, waits for its start, and writes the token to its parent. */
import { once } from 'node:events'
import { authenticate } from '../../lib/client/index.ts'

const [host = '', file = ''] = process.argv.slice(2)
process.send?.('ready')
await once(process, 'message')
const { accessToken } = await authenticate(host, { file, interactive: false })
process.send?.(accessToken)
process.disconnect()
