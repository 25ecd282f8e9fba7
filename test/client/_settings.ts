import { type ClientSettings, resolveSettings } from '../../lib/client/settings.ts'
import type { AuthenticateOptions, Prompt } from '../../lib/client/index.ts'

/** Settings of a program whose time passes only while it waits. */
export interface Bench {
  readonly settings: ClientSettings
  /** Seconds of each wait. */
  readonly waits: readonly number[]
  readonly prompts: readonly Prompt[]
}

/** Begins at second 1,000. */
export function createBench (origin: string, options: AuthenticateOptions = {}): Bench {
  const [waits, prompts]: [number[], Prompt[]] = [[], []]
  let time = 1_000_000
  const settings = resolveSettings(origin, {
    file: false,
    interactive: true,
    now: () => time,
    onPrompt (prompt) { prompts.push(prompt) },
    ...options
  })
  async function pause (milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    waits.push(milliseconds / 1000)
    time += milliseconds
  }
  return { settings: { ...settings, pause }, waits, prompts }
}
