import { ConfigurationError } from '../errors.ts'

/**
 * Loads the package of a driver, an optional peer, when it is needed and not before.
 *
 * @param load imports the package
 * @throws ConfigurationError where it does not load; what was thrown is its cause
 */
export async function loadDriver <Module> (name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    throw Object.assign(new ConfigurationError(`This store needs the package ${name}, which did not load. ` +
      `Install it with: npm install ${name}`), { cause })
  }
}
