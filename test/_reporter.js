import { createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { findCauses, readPoints } from './_report.js'

const endOfFile = /^(not )?ok \d+ - (.*?)(?: # time=(\d+).*| # .*)?$/

function describeFailures (lines) {
  return findCauses(readPoints(lines)).flatMap(({ path, diagnostics }) => ['', `  ${path.join(' > ')}`, ...diagnostics, ''])
}

/**
 * A reporter of tap for where nobody watches: one line for each file, and everything about what failed. Leaves the
 * whole record in the file that `TEST_RECORD` names.
 */
export default class Reporter extends Transform {
  #record = createWriteStream(process.env.TEST_RECORD)
  #rest = ''
  #lines = []

  #take (line) {
    this.#lines.push(line)
    const [, not, file, milliseconds = 0] = endOfFile.exec(line) ?? []
    if (file === undefined) return
    const seconds = (Number(milliseconds) / 1000).toFixed(1)
    const report = [`${not === undefined ? 'ok    ' : 'NOT OK'} ${seconds.padStart(5)} s  ${file}`]
    this.push([...report, ...describeFailures(this.#lines), ''].join('\n'))
    this.#lines = []
  }

  _transform (chunk, encoding, done) {
    this.#record.write(chunk)
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop()
    for (const line of lines) this.#take(line)
    done()
  }

  _flush (done) {
    this.#record.end(this.#rest, done)
  }
}
