import { type DevProvider, type DevProviderOptions, startDevProvider } from '../../lib/dev-provider/index.ts'

/** A development provider that ends with the test. */
export async function startFor (
  t: { teardown (close: () => Promise<void>): unknown }, options: DevProviderOptions = {}
): Promise<DevProvider> {
  const provider = await startDevProvider(options)
  t.teardown(provider.close)
  return provider
}
