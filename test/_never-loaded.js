import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

function filesBelow (folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(({ parentPath, path, name }) => join(parentPath ?? path, name))
}

/** A file of types only is nothing that a test could load. */
function hasCode (file) {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true }
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions })
  return outputText.replace('export {};', '').trim() !== ''
}

/** What a process has loaded; nothing is known of one that was killed while it wrote that. */
function loadedBy (file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).files
  } catch {
    return []
  }
}

/**
 * Finds the files of the library that no process of the last run loaded: coverage does not know them.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function neverLoaded (root) {
  const processes = filesBelow(join(root, '.tap/processinfo')).filter(file => file.endsWith('.json'))
  const loaded = new Set(processes.flatMap(loadedBy))
  return filesBelow(join(root, 'lib'))
    .filter(file => !loaded.has(file) && hasCode(file))
    .map(file => relative(root, file))
}
