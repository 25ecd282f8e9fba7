/**
 * Reads what tap writes (https://testanything.org/tap-version-14-specification.html).
 *
 * @typedef {object} Point a line "ok" or "not ok"
 * @property {string[]} path names of the file, the tests around it, and its own
 * @property {boolean} ok
 * @property {boolean} isTest whether it sums up a test or a file
 * @property {'SKIP' | 'TODO' | undefined} directive
 * @property {string} reason of the directive
 * @property {string[]} diagnostics
 */

const subtest = /^( *)# Subtest: (.*)$/
const point = /^( *)(not )?ok \d+(?: - (.*?))?(?: # (?:(SKIP|TODO) ?(.*)|time=.*))?$/
const totals = /^# \{ (total: .*) \}$/

/**
 * @param {string[]} lines
 * @returns {Point[]} in the order of the lines: a test comes after what is in it
 */
export function readPoints (lines) {
  const points = []
  const open = []
  let endOfDiagnostics
  for (const line of lines) {
    if (endOfDiagnostics !== undefined) {
      if (line === endOfDiagnostics) endOfDiagnostics = undefined
      else points.at(-1).diagnostics.push(line)
      continue
    }
    if (points.length > 0 && /^ *---$/.test(line)) {
      endOfDiagnostics = line.replace('---', '...')
      continue
    }
    const [, outer, title] = subtest.exec(line) ?? []
    if (outer !== undefined) open[outer.length / 4] = title
    const [, indent, not, name = '', directive, reason = ''] = point.exec(line) ?? []
    if (indent === undefined) continue
    const depth = indent.length / 4
    const isTest = open.length > depth
    open.length = depth
    points.push({ path: [...open, name], ok: not === undefined, isTest, directive, reason, diagnostics: [] })
  }
  return points
}

/**
 * @param {Point[]} points
 * @returns {Point[]} what failed by itself: a test that fails because of something in it is not worth a word
 */
export function findCauses (points) {
  const failed = points.filter(({ ok, directive }) => !ok && directive === undefined)
  return failed.filter(({ isTest, path }, index) => !isTest || !failed.slice(0, index).some(inner =>
    path.every((name, depth) => inner.path[depth] === name)))
}

/**
 * @param {string} record everything that tap wrote
 * @returns {{ totals: string, passed: number, failed: number, skipped: Point[], causes: Point[] } | undefined} undefined where the run
 *   broke off; `totals` is the line that tap ends with
 */
export function readReport (record) {
  const lines = record.split('\n')
  const [last, counts] = lines.map(line => totals.exec(line)).findLast(match => match !== null) ?? []
  if (last === undefined) return undefined
  const { pass = 0, fail = 0 } = Object.fromEntries(counts.split(', ').map(entry => entry.split(': ')))
  const points = readPoints(lines)
  const skipped = points.filter(({ directive }) => directive !== undefined)
  return { totals: last, passed: Number(pass), failed: Number(fail), skipped, causes: findCauses(points) }
}
