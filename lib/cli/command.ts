/** Where a command writes: `process`, or something alike in tests. */
export interface Terminal {
  readonly stdout: { write (text: string): unknown }
  readonly stderr: { write (text: string): unknown }
}

/** A subcommand: gets what follows its name, gives the exit code. */
export type Command = (args: readonly string[], terminal: Terminal) => Promise<number>
