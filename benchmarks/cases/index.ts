import { bearer } from './bearer.ts'
import type { Group } from './case.ts'
import { crowds, guarded, rolling } from './guarded.ts'
import { publicRoute } from './public-route.ts'
import { memory } from './memory.ts'
import { soaking } from './soak.ts'
import { startUp } from './start-up.ts'
import { stores } from './stores.ts'
import { strangers } from './strangers.ts'

/** Everything that is measured, in the order of the report. */
export const groups: readonly Group[] = [
  guarded, crowds, publicRoute, strangers, rolling, stores, ...bearer, startUp, memory, soaking
]
