import type { Generation } from '../harness/generation.ts'
import type { Load, Span } from '../harness/load-process.ts'
import type { ServerSpecification } from '../harness/server-process.ts'

/**
 * `share`: the cost of the other case divided by that of this one, which is how much of its throughput is left.
 * `multiple`: the cost of this case divided by that of the other one.
 */
export type Relation = 'share' | 'multiple'

/** How the cost of a case has to be beside another one of its group, or by itself. */
export interface Goal {
  /** A share has to be so much at least, a multiple and a cost at most. */
  readonly kind: Relation | 'cost'
  /** Name of the other case. @default the first case of the group */
  readonly with?: string
  /** What the project aims at; or the name of a case that is the first one again: what its noise allows. */
  readonly target?: number | string
  /** What `--check` demands: what is reached, and some room for the noise of a busy machine. */
  readonly limit?: number
}

/** One line of a table. */
export interface Case {
  /** Short and without blanks. `--only` takes names of groups. */
  readonly name: string
  /** What the table says. */
  readonly title: string
  readonly goals?: readonly Goal[]
}

/** A server, and what is asked of it. Its cost is what a request takes of the server's CPU, in microseconds. */
export interface ServerCase extends Case {
  readonly server: Pick<ServerSpecification, 'module' | 'name'>
  /** @default '/me' */
  readonly path?: Load['path']
  /** @default 200 */
  readonly status?: Load['status']
  /** How many people send requests, in turn. 0: nobody is signed in, and requests carry nothing. @default 64 */
  readonly people?: number
  /** So many credentials are made anew before each round, and each is sent once. The round ends with the last. */
  readonly unseen?: number
  /** Takes the cookies of answers up, as browsers do. */
  readonly keepsCookies?: boolean
  /** Sends the requests of another case, to the byte. For servers that look at no credential: bare Fastify. */
  readonly sendsAs?: string
  /** The server gets a Redis of its own. */
  readonly needsRedis?: boolean
}

interface CommonGroup {
  readonly name: string
  readonly title: string
  /** How the table relates a case to the first. @default 'share' */
  readonly relation?: Relation
  /** What a reader has to know, as a paragraph. */
  readonly remark?: string
  /** Where fewer are enough, because what is measured does not vary. @default as many as everywhere */
  readonly generations?: number
}

/** Servers that are measured side by side. The first is what the others relate to. */
export interface ServerGroup extends CommonGroup {
  readonly cases: readonly ServerCase[]
}

/** Something else that costs. */
export interface ProbeGroup extends CommonGroup {
  readonly cases: readonly Case[]
  /** What the cost is, with its unit. */
  readonly unit: string
  /** Measures each case once, with processes of their own. */
  readonly measure: (effort: Effort) => Promise<Generation>
}

export type Group = ServerGroup | ProbeGroup

/** How much is measured. */
export interface Effort {
  /** Processes of each case, one after the other: each keeps what it is, faster or slower, for all of its life. */
  readonly generations: number
  /** Of each process. */
  readonly rounds: number
  readonly warmUp: Span
  readonly round: Span
  readonly soakMinutes: number
}
