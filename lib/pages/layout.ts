import { createHash } from 'node:crypto'
import { html, Markup } from './html.ts'

/** A whole page with the headers that go with it. */
export interface Page {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

const style = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5a6576; --paper: #ffffff; --ground: #eef1f6; --line: #d9dfe8; --accent: #2457d6; --on: #ffffff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf3; --soft: #a3aec0; --paper: #1a202b; --ground: #10141b; --line: #2d3645; --accent: #7da2ff; --on: #0d1420 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { width: 100%; max-width: 30rem; padding: clamp(1.25rem, 6vw, 2.25rem); background: var(--paper); border: 1px solid var(--line); border-radius: 1rem }
h1 { margin: 0 0 .75rem; font-size: 1.4rem; line-height: 1.25 }
p { margin: 0 0 1rem }
p, li { overflow-wrap: anywhere }
.soft { color: var(--soft); font-size: .875rem }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem }
.actions form { margin: 0 }
a { color: var(--accent) }
.button { display: inline-block; padding: .65rem 1.2rem; border: 1px solid var(--accent); border-radius: .6rem; background: var(--accent);
  color: var(--on); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer }
.quiet { background: transparent; color: var(--accent) }
@media (max-width: 30rem) { .actions > *, .actions .button { width: 100%; text-align: center } }
.sessions { list-style: none; margin: 0; padding: 0 }
.sessions li { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding: .9rem 0; border-top: 1px solid var(--line) }
.sessions form, .sessions p { margin: 0 }
.sessions .button { padding: .35rem .8rem; white-space: nowrap }
.choices { list-style: none; margin: 1.5rem 0 0; padding: 0; display: grid; gap: .75rem }
.choices .button { display: block; text-align: center; overflow-wrap: anywhere }
.badge { padding: .2rem .7rem; border-radius: 1rem; background: var(--ground); color: var(--soft); font-size: .875rem; white-space: nowrap }
.code { margin: 0 0 1.25rem; padding: .75rem; border: 1px dashed var(--line); border-radius: .6rem; text-align: center; overflow-wrap: anywhere;
  font: 600 clamp(1.4rem, 8vw, 2.1rem)/1.3 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; letter-spacing: .08em; user-select: all }
.qr { display: block; width: min(100%, 13rem); height: auto; margin: 0 auto 1.25rem; background: #ffffff; border-radius: .6rem }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
`

const styleHash = createHash('sha256').update(style).digest('base64')

const headers = Object.freeze({
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'private, no-store',
  // No form-action: browsers apply it to the redirects after a form too, and a logout leads to the provider.
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
})

/** A page that runs one script of ours, which may talk to this site alone. */
function headersWith (script: string): Page['headers'] {
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `${headers['content-security-policy']}; script-src 'sha256-${hash}'; connect-src 'self'`
  return { ...headers, 'content-security-policy': policy }
}

/**
 * @param head further elements of the head
 * @param script a constant of ours; nothing of a request is ever in it
 */
export function layout (title: string, main: Markup, head: Markup = html``, script?: string): Page {
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
${head}
<style>${new Markup(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${main}
</main>
${script === undefined ? html`` : html`<script>${new Markup(script)}</script>`}
</body>
</html>
`
  return { body: text, headers: script === undefined ? headers : headersWith(script) }
}
