import { Child } from '../harness/child.ts'

/** How people come. */
export interface Visits {
  readonly port: number
  readonly perSecond: number
  readonly milliseconds: number
}

/** What an application held before and after. */
export interface Soaked {
  /** Bytes, when as many sessions had ended as began. */
  readonly before: number
  readonly after: number
  readonly visits: number
}

const PER_SECOND = 500

/** Twice the life of a session: from then on as much ends as begins. */
const SETTLING = 60_000

/** Lets people come for so long, and looks at what the application holds before and after, garbage aside. */
export async function soak (mode: 'cookie' | 'store', minutes: number): Promise<Soaked> {
  const server = new Child(new URL('./server-main.ts', import.meta.url))
  const crowd = new Child(new URL('./crowd-main.ts', import.meta.url))
  try {
    const port = await server.ask('start', mode) as number
    const whole = minutes * 60_000
    await crowd.ask('run', { port, perSecond: PER_SECOND, milliseconds: Math.min(SETTLING, whole) })
    const before = await server.ask('usedBytes') as number
    const visits = await crowd.ask('run', { port, perSecond: PER_SECOND, milliseconds: whole }) as number
    return { before, after: await server.ask('usedBytes') as number, visits }
  } finally {
    await Promise.all([server.stop(), crowd.stop()])
  }
}
