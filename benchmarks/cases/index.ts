import type { Group } from './case.ts'
import { guarded } from './guarded.ts'
import { peersCookie } from './peers-cookie.ts'
import { peersLogin } from './peers-login.ts'
import { peersMemory } from './peers-memory.ts'
import { publicRoute } from './public-route.ts'
import { strangers } from './strangers.ts'

/** Everything that is measured, in the order of the report. */
export const groups: readonly Group[] = [guarded, publicRoute, strangers, peersCookie, peersLogin, peersMemory]
