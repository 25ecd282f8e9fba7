import type { Group } from './case.ts'
import { guarded } from './guarded.ts'
import { publicRoute } from './public-route.ts'
import { strangers } from './strangers.ts'

/** Everything that is measured, in the order of the report. */
export const groups: readonly Group[] = [guarded, publicRoute, strangers]
