import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What decides how a browser is opened; `process` is one. */
export interface Desktop {
  readonly platform: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A program and what stands before the address. */
type Opener = readonly [program: string, ...args: readonly string[]]

/** Undefined where there is no screen, and a browser would take the terminal. */
function openerOf ({ platform, env }: Desktop): Opener | undefined {
  if (platform === 'darwin') return ['open']
  // Not `start`: that is a word of the shell, which would obey the & in an address.
  if (platform === 'win32') return ['rundll32.exe', 'url.dll,FileProtocolHandler']
  const hasScreen = ['DISPLAY', 'WAYLAND_DISPLAY', 'BROWSER'].some(name => env[name])
  return hasScreen ? ['xdg-open'] : undefined
}

/**
 * Opens an address in the browser of the person, without a shell. Gives whether a program for it was started.
 *
 * @example const isOpened = await openBrowser('https://app.example.com/', process)
 */
export async function openBrowser (address: string, desktop: Desktop): Promise<boolean> {
  const opener = openerOf(desktop)
  if (opener === undefined) return false
  const [program, ...args] = opener
  // A browser outlives the program, and starts others.
  const { FASTIFY_LOGIN_CLIENT_SECRET: _, ...env } = desktop.env
  const child = spawn(program, [...args, address], { stdio: 'ignore', detached: true, env })
  child.unref()
  try {
    await once(child, 'spawn')
    return true
  } catch {
    return false
  }
}
