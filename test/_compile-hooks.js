import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const cache = new URL('../.tap/compiled/', import.meta.url)

async function compile (fileName, text) {
  const { default: ts } = await import('typescript')
  const { ModuleKind, ScriptTarget } = ts
  const language = { module: ModuleKind.ESNext, target: ScriptTarget.ES2023, verbatimModuleSyntax: true }
  return ts.transpileModule(text, { fileName, compilerOptions: { ...language, inlineSourceMap: true } }).outputText
}

/** Compiles each file once for all processes of all runs: half of the time of a run would go into this. */
async function compileOnce (fileName, text) {
  const file = new URL(createHash('sha256').update(fileName).update(text).digest('hex'), cache)
  try {
    return readFileSync(file, 'utf8')
  } catch {
    const code = await compile(fileName, text)
    const unfinished = new URL(`${file.href}.${process.pid}`)
    mkdirSync(cache, { recursive: true })
    writeFileSync(unfinished, code)
    renameSync(unfinished, file)
    return code
  }
}

/** TypeScript for Node 20, which cannot read it. */
export async function load (url, context, next) {
  if (!/^file:[^?]*\.ts(\?|$)/.test(url) || url.includes('/node_modules/')) return await next(url, context)
  await next(url, { ...context, format: 'module' }) // tap keeps a record of what is loaded
  const fileName = fileURLToPath(url)
  return { format: 'module', source: await compileOnce(fileName, readFileSync(fileName, 'utf8')), shortCircuit: true }
}
