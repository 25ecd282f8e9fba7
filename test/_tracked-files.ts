import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')

function below (folder: string, ignored: ReadonlySet<string>): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !ignored.has(name))
    .flatMap(entry => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? below(path, ignored) : [path]
    })
}

/** The files of the repository, found without git, which a machine need not have. */
export function trackedFiles (): string[] {
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n').map(line => line.replace(/\/$/, ''))
  return below('.', new Set([...ignored, '.git'])).filter(file => !file.endsWith('.tgz'))
}

export function readText (file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
