import { type Command, type Terminal } from './command.ts'
import { runDevProvider } from './dev-provider.ts'
import { loginUsage, runLogin } from './login.ts'
import { printSecret } from './secret.ts'

const usage = `Usage: fastify-login COMMAND

Commands:
  secret         print one new secret for the option "secret"
  dev-provider   run an OpenID Provider on this machine, for development
                   --port N                port to listen on (default 9000)
                   --client-secret TEXT    secret of the client (default: a new one at every start)
  login HOST     print an access token for a program of HOST, and sign in where that is needed
                   --help                  print its options

Options:
  -h, --help     print this
`

const commands: ReadonlyMap<string, Command> = new Map([
  ['secret', printSecret], ['dev-provider', runDevProvider], ['login', runLogin]
])

function isUsageError (error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

/**
 * Runs the command line, without the name of the program in front.
 *
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage; `login` has more
 *
 * @example process.exitCode = await run(['secret'], process)
 */
export async function run (argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...args] = argv
  if (name === undefined || argv.includes('--help') || argv.includes('-h')) {
    terminal.stdout.write(name === 'login' ? loginUsage : usage)
    return 0
  }
  const command = commands.get(name)
  if (command === undefined) {
    terminal.stderr.write(`fastify-login: there is no command "${name}"\n\n${usage}`)
    return 2
  }
  try {
    return await command(args, terminal)
  } catch (error) {
    terminal.stderr.write(`fastify-login: ${error instanceof Error ? error.message : String(error)}\n`)
    return isUsageError(error) ? 2 : 1
  }
}
