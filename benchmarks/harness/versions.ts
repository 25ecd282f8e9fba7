import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '..')

/** What is measured of the root's own packages. */
const OURS = ['fastify', '@fastify/secure-session', 'jose', 'oauth4webapi']

interface PackageJson {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
}

function readPackage (path: string): PackageJson {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function versionOf (name: string): string | undefined {
  const path = [FOLDER, join(FOLDER, '..')]
    .map(folder => join(folder, 'node_modules', name, 'package.json'))
    .find(existsSync)
  return path && readPackage(path).version
}

/** Name and version of everything that is measured here. */
export function versionsOfAll (): Readonly<Record<string, string>> {
  const own = readPackage(join(FOLDER, '../package.json'))
  const { dependencies = {} } = readPackage(join(FOLDER, 'package.json'))
  const names = [...OURS, ...Object.keys(dependencies)].sort()
  const versions = names.map(name => [name, versionOf(name) ?? 'not installed'])
  return { [own.name]: own.version, ...Object.fromEntries(versions) }
}
