import { join } from 'node:path'
import ts from 'typescript'
import { root } from './_tracked-files.ts'

/** A fenced block of a page. */
export interface Block {
  readonly page: string
  /** Line of the page on which the code begins, counted from 1. */
  readonly line: number
  readonly language: string
  readonly code: string
}

/** The fenced blocks of a Markdown text, also those that are indented in a list. */
export function findBlocks (page: string, text: string): Block[] {
  const fence = /^( *)```(\w*).*\n([^]*?)^\1```$/gm
  return [...text.matchAll(fence)].map(({ index, 2: language = '', 3: code = '' }) => ({
    page, language, code, line: text.slice(0, index).split('\n').length + 1
  }))
}

/** The options of this project, without those that ask for tidiness rather than for truth. */
function readOptions (): ts.CompilerOptions {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic () {} }
  const options = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), {}, host)?.options
  const relaxed = { noImplicitReturns: false, noUnusedLocals: false, moduleDetection: ts.ModuleDetectionKind.Force }
  return { ...options, ...relaxed }
}

function describe ({ file, start = 0, messageText }: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(messageText, '\n')
  if (file === undefined) return text
  const page = file.fileName.slice(root.length + 1).replace(/\.\d+\.ts$/, '')
  return `${page}:${file.getLineAndCharacterOfPosition(start).line + 1} ${text}`
}

/**
 * Compiles blocks as modules that lie where their page lies.
 *
 * @returns what the compiler says, with the line of the page
 */
export function createCompiler (): (blocks: readonly Block[]) => string[] {
  const options = readOptions()
  const parsed = new Map<string, ts.SourceFile | undefined>()
  return function compile (blocks) {
    const modules = new Map(blocks.map(({ page, line, code }) =>
      [join(root, `${page}.${line}.ts`), '\n'.repeat(line - 1) + code]))
    const host = ts.createCompilerHost(options)
    const { fileExists, readFile, getSourceFile } = host
    host.fileExists = file => modules.has(file) || fileExists(file)
    host.readFile = file => modules.get(file) ?? readFile(file)
    host.getSourceFile = (file, ...rest) => {
      if (modules.has(file)) return getSourceFile(file, ...rest)
      if (!parsed.has(file)) parsed.set(file, getSourceFile(file, ...rest))
      return parsed.get(file)
    }
    const program = ts.createProgram([...modules.keys()], options, host)
    const own = [...modules.keys()].flatMap(file => program.getSourceFile(file) ?? [])
    const syntax = own.flatMap(file => program.getSyntacticDiagnostics(file))
    const types = own.flatMap(file => program.getSemanticDiagnostics(file))
    return [...program.getOptionsDiagnostics(), ...syntax, ...types].map(describe)
  }
}
