import { bearer } from './bearer.ts'
import type { Group } from './case.ts'
import { crowds, guarded, rolling } from './guarded.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { memory } from './memory.ts'
import { peersCookie } from './peers-cookie.ts'
import { peersLogin } from './peers-login.ts'
import { peersMemory } from './peers-memory.ts'
import { peersRedis } from './peers-redis.ts'
import { publicRoute } from './public-route.ts'
import { soaking } from './soak.ts'
import { startUp } from './start-up.ts'
import { stores } from './stores.ts'
import { strangers } from './strangers.ts'

/** What is measured beside others that do the same work. */
const peers: readonly Group[] = [peersCookie, peersLogin, peersMemory, peersRedis]

/** Everything that is measured, in the order of the report. */
export const groups: readonly Group[] = [
  guarded, crowds, publicRoute, strangers, rolling, stores, logout, ...bearer, ...peers, login, startUp, memory,
  soaking
]
