import { once } from 'node:events'
import { openMysql } from '../../lib/stores/sql/open-mysql.ts'
import { openPostgresql } from '../../lib/stores/sql/open-postgresql.ts'

const url = String(process.argv[2])
const open = url.startsWith('mysql:') ? openMysql : openPostgresql
const store = await open(url, {})
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const version = await store.add('key', 'value', { expiresAt: Date.now() + 3_600_000, tags: ['tag'] })
process.stdout.write(version === undefined ? 'lost\n' : 'won\n')
await store.close()
