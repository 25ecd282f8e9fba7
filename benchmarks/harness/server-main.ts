/** The process of a server that is measured. */
import type { RunningSubject, Subject } from '../subjects/subject.ts'
import { answerWith } from './child.ts'
import type { ServerSpecification } from './server-process.ts'
import { usedBytes } from './used-bytes.ts'

let running: RunningSubject | undefined

function started (): RunningSubject {
  if (running === undefined) throw new Error('the server was not started')
  return running
}

answerWith({
  async start ({ module, name, settings }: ServerSpecification) {
    const exports: Readonly<Record<string, Subject | undefined>> = await import(`../subjects/${module}.ts`)
    const subject = exports[name]
    if (subject === undefined) throw new Error(`subjects/${module}.ts exports no ${name}`)
    running = await subject.start(settings)
    return running.port
  },
  signIn: (people: number) => started().signIn(people),
  /** Microseconds of CPU that this process has used so far, in all of its threads. */
  cpu () {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  usedBytes,
  close: () => started().close()
})
