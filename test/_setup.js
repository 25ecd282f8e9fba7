/** Loaded in front of every test. */
import * as module from 'node:module'
import { resolve } from './_self-hooks.js'

if (module.registerHooks === undefined) {
  module.register('./_self-hooks.js', import.meta.url)
} else {
  module.registerHooks({ resolve }) // Newer releases warn about register.
}
if (!process.features.typescript) module.register('./_compile-hooks.js', import.meta.url)
