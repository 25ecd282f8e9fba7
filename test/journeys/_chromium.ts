import type { Test } from 'tap'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core'
import { chromiumPath } from '../_services.ts'

/** Starts a real Chromium that ends with the test. */
export async function startChromium (t: Test): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: String(chromiumPath()), args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  return browser
}

/** A browser of its own: no cookies are shared with another one. Every page may wait 20 seconds for what it expects. */
export async function newPerson (browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(20_000)
  return context
}
