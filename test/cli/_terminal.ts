import { type Terminal } from '../../lib/cli/command.ts'

/** A terminal that remembers what was written, and says when the output holds a text. */
export class FakeTerminal implements Terminal {
  out = ''
  err = ''
  readonly stdout = { write: (text: string) => { this.out += text } }
  readonly stderr = { write: (text: string) => { this.err += text } }
}
