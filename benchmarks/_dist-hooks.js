const entries = new Map(['', '/stores', '/testing', '/dev-provider', '/client'].map(subpath =>
  [`fastify-login${subpath}`, new URL(`../dist${subpath}/index.js`, import.meta.url).href]))

/** 'fastify-login' means what was built, as users get it. */
export function resolve (specifier, context, next) {
  return next(entries.get(specifier) ?? specifier, context)
}
