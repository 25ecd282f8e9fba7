import { cpus, loadavg, totalmem } from 'node:os'

/** Where and when a run was made. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  /** GiB. */
  readonly memory: number
  readonly node: string
  readonly platform: string
  /** Processes that wanted a core, in the minute before. */
  readonly load: number
  readonly at: string
}

export function lookAtMachine (): Machine {
  const [first] = cpus()
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    load: Number(loadavg()[0]?.toFixed(1)),
    at: new Date().toISOString()
  }
}
