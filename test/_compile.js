/** TypeScript for Node 20, which cannot read it. Each file is compiled once for all processes of all runs. */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const cache = join(root, '.tap/compiled')

async function compile (fileName, text) {
  const { default: ts } = await import('typescript')
  const { ModuleKind, ScriptTarget } = ts
  const language = { module: ModuleKind.ESNext, target: ScriptTarget.ES2023, verbatimModuleSyntax: true }
  return ts.transpileModule(text, { fileName, compilerOptions: { ...language, inlineSourceMap: true } }).outputText
}

/**
 * @param {string} fileName
 * @returns {Promise<string>} JavaScript with a source map
 */
export async function compileOnce (fileName) {
  const text = readFileSync(fileName, 'utf8')
  const file = join(cache, createHash('sha256').update(fileName).update(text).digest('hex'))
  try {
    return readFileSync(file, 'utf8')
  } catch {
    const code = await compile(fileName, text)
    const unfinished = `${file}.${process.pid}`
    mkdirSync(cache, { recursive: true })
    writeFileSync(unfinished, code)
    renameSync(unfinished, file)
    return code
  }
}

/**
 * Compiles everything that tests load. Without it each process of a first run would load the compiler, for its own
 * file at least, and that costs more than most tests.
 */
export async function compileAll () {
  for (const folder of ['lib', 'test', 'examples']) {
    for (const name of readdirSync(join(root, folder), { recursive: true })) {
      if (name.endsWith('.ts')) await compileOnce(join(root, folder, name))
    }
  }
}
