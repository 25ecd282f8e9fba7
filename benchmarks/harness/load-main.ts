/** The process that sends requests. */
import { answerWith } from './child.ts'
import type { Load, Round } from './load-process.ts'
import { Target } from './target.ts'

const targets = new Map<string, Target>()

function targetOf (name: string): Target {
  const target = targets.get(name)
  if (target === undefined) throw new Error(`${name} was not prepared`)
  return target
}

answerWith({
  prepare ({ name, load }: { readonly name: string, readonly load: Load }) {
    const target = targets.get(name)
    if (target === undefined) targets.set(name, new Target(load))
    else target.prepare(load)
  },
  compare: (name: string) => targetOf(name).compare(),
  connect: (name: string) => targetOf(name).connect(),
  run: ({ name, ...span }: Round) => targetOf(name).run(span),
  disconnect () {
    for (const target of targets.values()) target.disconnect()
  }
})
