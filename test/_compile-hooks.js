import { fileURLToPath } from 'node:url'
import { compileOnce } from './_compile.js'

/** TypeScript for Node 20, which cannot read it. */
export async function load (url, context, next) {
  if (!/^file:[^?]*\.ts(\?|$)/.test(url) || url.includes('/node_modules/')) return await next(url, context)
  await next(url, { ...context, format: 'module' }) // tap keeps a record of what is loaded
  return { format: 'module', source: await compileOnce(fileURLToPath(url)), shortCircuit: true }
}
