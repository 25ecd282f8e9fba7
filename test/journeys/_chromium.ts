import type { Test } from 'tap'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core'
import { chromiumPath } from '../_services.ts'

const PATIENCE = 60_000

/** Starts a real Chromium that ends with the test. */
export async function startChromium (t: Test): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: String(chromiumPath()), args: ['--no-sandbox'], timeout: PATIENCE })
  t.teardown(() => browser.close())
  return browser
}

/** A browser of its own: no cookies are shared with another one. Every page may wait a minute for what it expects. */
export async function newPerson (browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(PATIENCE)
  return context
}
