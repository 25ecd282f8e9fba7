import { ConfigurationError } from '../errors.ts'

/**
 * Refuses what no driver could read, before one says it with the password in its message.
 *
 * @throws ConfigurationError that does not repeat the text
 */
export function assertStoreUrl (url: string, example: string): void {
  if (URL.canParse(url)) return
  throw new ConfigurationError('The URL of the store cannot be read. A password with signs like / # ? @ : must be ' +
    `encoded, as encodeURIComponent does. Write ${example}`)
}
