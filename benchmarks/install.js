/** Installs what the plugin is measured beside, unless it is here as the lockfile says. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = import.meta.dirname

function readLock (path) {
  try {
    const { packages } = JSON.parse(readFileSync(join(root, path), 'utf8'))
    return Object.entries(packages).filter(([name]) => name !== '').map(([name, { version }]) => `${name}@${version}`)
  } catch {
    return []
  }
}

/** npm writes down what it has installed; packages for other systems are not in there. */
function isInstalled () {
  const wanted = new Set(readLock('package-lock.json'))
  const installed = readLock('node_modules/.package-lock.json')
  return installed.length > 0 && installed.every(each => wanted.has(each))
}

if (!isInstalled()) {
  const { status } = spawnSync('npm', ['ci'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  process.exitCode = status ?? 1
}
