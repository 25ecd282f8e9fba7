/** Loaded in front of every process of the benchmarks. */
import * as module from 'node:module'
import { resolve } from './_dist-hooks.js'

if (module.registerHooks === undefined) {
  module.register('./_dist-hooks.js', import.meta.url)
} else {
  module.registerHooks({ resolve }) // Newer releases warn about register.
}
if (!process.features.typescript) module.register('../test/_compile-hooks.js', import.meta.url)
