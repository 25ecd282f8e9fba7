/**
 * Compiles the consumers in this folder against the packed package, each folder as a program of its own, with every
 * TypeScript that is supported. Nothing is run.
 */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = import.meta.dirname
const packages = join(here, '../../node_modules')
const compilers = ['typescript-5.9', 'typescript', 'typescript-7.0']
const companions = ['@fastify/auth', '@fastify/jwt', '@fastify/passport', '@fastify/session', '@types/node']

async function compile (workspace, program, compiler) {
  const { version } = JSON.parse(await readFile(join(packages, compiler, 'package.json'), 'utf8'))
  const args = [join(packages, compiler, 'bin/tsc'), '--pretty', 'false', '-p', program]
  const { code = 0, stdout } = await run(process.execPath, args, { cwd: workspace }).catch(error => error)
  console.log(`${code === 0 ? 'ok' : 'NOT OK'} ${program}, TypeScript ${version}`)
  const errors = stdout.split('\n').filter(line => /^\S/.test(line)) // without the long reasons
  for (const error of errors) console.log(`  test/types/${error}`)
  return code === 0
}

/** The consumers beside a node_modules as an application has it. */
async function prepare (workspace, programs) {
  await run(process.execPath, [join(here, '../_pack.js'), workspace, ...companions])
  await writeFile(join(workspace, 'package.json'), '{ "type": "module" }')
  for (const name of ['tsconfig.json', 'equals.ts', ...programs]) {
    await cp(join(here, name), join(workspace, name), { recursive: true })
  }
}

const entries = await readdir(here, { withFileTypes: true })
const programs = entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
const jobs = compilers.flatMap(compiler => programs.map(program => ({ program, compiler })))
const workspace = await mkdtemp(join(tmpdir(), 'consumers-'))
let failed = 0

async function work () {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    if (!await compile(workspace, job.program, job.compiler)) failed += 1
  }
}

try {
  await prepare(workspace, programs)
  await Promise.all(Array.from({ length: availableParallelism() }, work))
} finally {
  await rm(workspace, { recursive: true })
}
process.exitCode = failed === 0 ? 0 : 1
