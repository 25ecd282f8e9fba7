import type { Load, Span } from '../harness/load-process.ts'
import type { ServerSpecification } from '../harness/server-process.ts'

/** How a figure has to compare with that of another case of the same group. */
export interface Comparison {
  /** Name of the other case. @default the first case of the group */
  readonly with?: string
  /** What this issue of the project aims at, as a share of the other's throughput per CPU. */
  readonly target?: number
  /** What `--check` demands: a little below what is reached, by as much as the noise of a busy machine. */
  readonly floor?: number
}

/** A server, and what is asked of it. */
export interface ServerCase {
  /** Short and without blanks: names of groups and cases are what `--only` takes. */
  readonly name: string
  /** What the table says. */
  readonly title: string
  readonly server: Pick<ServerSpecification, 'module' | 'name'>
  readonly path?: Load['path']
  readonly status?: Load['status']
  /** How many people send requests, in turn. 0: requests without any credential. @default 64 */
  readonly people?: number
  /** Signs in anew before each round, so that no credential is seen twice. The round ends with the last of them. */
  readonly isUnseen?: boolean
  readonly needsRedis?: boolean
  readonly compared?: readonly Comparison[]
}

/** Cases that are measured side by side: their rounds are interleaved, and the first is what the others relate to. */
export interface Group {
  readonly name: string
  readonly title: string
  /** What a reader has to know. */
  readonly remark?: string
  readonly cases: readonly ServerCase[]
}

/** How much is measured. */
export interface Effort {
  /** Server processes of each case, one after the other. */
  readonly generations: number
  readonly rounds: number
  readonly warmUp: Span
  readonly round: Span
}
