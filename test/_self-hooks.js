const sources = new Map(['', '/stores', '/testing', '/dev-provider', '/client'].map(subpath =>
  [`fastify-login${subpath}`, new URL(`../lib${subpath}/index.ts`, import.meta.url).href]))

/** 'fastify-login', as the examples import it, means the sources in lib/ and not what was built of them last. */
export function resolve (specifier, context, next) {
  return next(sources.get(specifier) ?? specifier, context)
}
