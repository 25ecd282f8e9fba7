/**
 * Builds and packs the package and unpacks it as a consumer gets it. `node test/_pack.js FOLDER [PACKAGE…]` makes
 * FOLDER/node_modules with the package itself, what it depends on, Fastify and the further packages. All but the
 * first are links to what is installed here: nothing is downloaded.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

async function run (program, args, options) {
  const { stdout } = await promisify(execFile)(program, args, options).catch(error => {
    console.error(error.stdout || error.message)
    process.exit(1)
  })
  return stdout
}

const root = join(import.meta.dirname, '..')
const [folder, ...further] = process.argv.slice(2)
const { name, files, dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

async function build (stage) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const config = join(root, 'tsconfig.build.json') // Whether the types are right is asked elsewhere.
  await run(process.execPath, [compiler, '-p', config, '--noCheck', '--outDir', join(stage, 'dist')])
  for (const file of ['package.json', ...files]) {
    if (file !== 'dist') await cp(join(root, file), join(stage, file), { recursive: true })
  }
}

async function pack (stage) {
  const listing = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', stage], { cwd: stage })
  const [{ filename }] = JSON.parse(listing)
  await run('tar', ['-xzf', filename], { cwd: stage })
}

async function link (dependency) {
  const path = join(folder, 'node_modules', dependency)
  await mkdir(dirname(path), { recursive: true })
  await symlink(join(root, 'node_modules', dependency), path, 'dir')
}

const stage = await mkdtemp(join(tmpdir(), `${name}-`))
try {
  await build(stage)
  await pack(stage)
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  await cp(join(stage, 'package'), join(folder, 'node_modules', name), { recursive: true })
} finally {
  await rm(stage, { recursive: true })
}
for (const dependency of new Set([...Object.keys(dependencies), 'fastify', ...further])) await link(dependency)
