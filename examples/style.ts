/** The style sheet of the examples. It follows the colours of the reader's system and fits from 320 pixels up. */
export const style = `
:root {
  color-scheme: light dark;
  --ink: #161b26; --soft: #545e70; --ground: #f5f6f9; --card: #ffffff; --line: #dfe3eb; --edge: #858e9f;
  --accent: #2457d6; --accent-deep: #1a45b0; --tint: #e8eefd; --on-accent: #ffffff;
  --shadow: 0 1px 2px rgb(22 27 38 / .05), 0 6px 20px rgb(22 27 38 / .05);
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e9edf5; --soft: #a3aec2; --ground: #0e1219; --card: #161b26; --line: #2a3242; --edge: #717c90;
    --accent: #8cabff; --accent-deep: #adc3ff; --tint: #1c2740; --on-accent: #0c1322;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column;
  background: var(--ground); color: var(--ink); font: 1rem/1.6 var(--sans); overflow-wrap: anywhere;
}
.wide { width: 100%; max-width: 66rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem); }
main { flex: 1; padding-block: clamp(2rem, 6vw, 4rem); }
main:focus { outline: none; }

h1, h2, h3 { line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; margin: 0; }
h1 { font-size: clamp(1.875rem, 1.4rem + 2.2vw, 2.875rem); letter-spacing: -.028em; line-height: 1.1; font-weight: 700; }
h2 { font-size: 1.125rem; font-weight: 650; }
p { margin: 0; text-wrap: pretty; }
a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
a:hover { color: var(--accent-deep); }
code, pre, .mono { font-family: var(--mono); font-size: .875em; }
.soft { color: var(--soft); }
.lead { margin-top: 1rem; max-width: 38rem; color: var(--soft); font-size: clamp(1.0625rem, 1rem + .3vw, 1.1875rem); }
.eyebrow { margin-bottom: .75rem; color: var(--accent); font-size: .875rem; font-weight: 600; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .25rem; }
.skip { position: absolute; left: 1rem; top: -4rem; z-index: 1; padding: .5rem 1rem; background: var(--card); border-radius: .5rem; }
.skip:focus { top: .75rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.bar { background: var(--card); border-bottom: 1px solid var(--line); }
.bar .wide { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem; min-height: 4rem; padding-block: .75rem; }
.brand { display: flex; align-items: center; gap: .625rem; color: var(--ink); font-weight: 650; letter-spacing: -.01em; text-decoration: none; }
.brand:hover { color: var(--ink); }
.brand svg { display: block; width: 1.625rem; height: 1.625rem; color: var(--accent); }
.bar nav { order: 1; width: 100%; }
.bar ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: 0; padding: 0; list-style: none; }
.bar li a {
  display: inline-block; padding-block: .375rem; color: var(--soft); font-size: .9375rem; text-decoration: none;
  border-bottom: 2px solid transparent;
}
.bar li a:hover { color: var(--ink); }
.bar li a[aria-current] { color: var(--ink); border-color: var(--accent); }
.person { display: flex; align-items: center; gap: .875rem; margin-inline-start: auto; font-size: .9375rem; }
.person span { display: none; max-width: 14rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--soft); }
@media (max-width: 24rem) {
  .bar .wide { column-gap: .5rem; }
  .brand { gap: .5rem; font-size: .875rem; }
  .brand svg { width: 1.375rem; height: 1.375rem; }
  .bar ul { justify-content: space-between; column-gap: .5rem; }
  .bar li a { font-size: .875rem; }
  .bar .button { padding-inline: .625rem; font-size: .875rem; }
}
@media (min-width: 46rem) {
  .bar nav { order: 0; width: auto; }
  .person span { display: block; }
}

.button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 2.75rem; padding: .5rem 1.125rem;
  border: 1px solid var(--accent); border-radius: .625rem; background: var(--accent); color: var(--on-accent);
  font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; transition: background-color .15s, border-color .15s;
}
.button:hover { background: var(--accent-deep); border-color: var(--accent-deep); color: var(--on-accent); }
.button.quiet { background: transparent; border-color: var(--edge); color: var(--ink); }
.button.quiet:hover { border-color: var(--accent); color: var(--accent); }
.button.small { min-height: 2.25rem; padding: .25rem .875rem; font-size: .9375rem; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.75rem; }
@media (max-width: 30rem) { .actions > *, .actions .button { flex: 1 1 auto; width: 100%; } }
form { margin: 0; }

.hero { display: grid; gap: clamp(2rem, 5vw, 4rem); align-items: center; }
@media (min-width: 60rem) { .hero { grid-template-columns: 1fr 24rem; } }
.hero .card h2 { color: var(--soft); font-size: .875rem; font-weight: 400; letter-spacing: 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1.25rem; margin-top: clamp(2rem, 5vw, 3.5rem); }
.card {
  display: flex; flex-direction: column; gap: .625rem; min-width: 0; padding: clamp(1.25rem, 3vw, 1.75rem);
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem; box-shadow: var(--shadow);
}
.card > p.soft { font-size: .9688rem; }
.card .go { margin-top: auto; padding-top: .625rem; }
.card .go a { font-weight: 600; }
.narrow { width: 100%; max-width: 27rem; margin-inline: auto; padding: clamp(1.25rem, 6vw, 2.25rem); }
.narrow h1 { font-size: 1.625rem; }
.pair { align-items: start; }
dl + form { margin-top: 1rem; }
@media (min-width: 60rem) { .profile { grid-template-columns: 5fr 3fr; } }

.who { display: flex; flex-wrap: wrap; align-items: center; gap: 1rem 1.25rem; }
.avatar {
  display: grid; place-items: center; flex: none; width: 4rem; height: 4rem; border-radius: 50%;
  background: var(--tint); color: var(--accent); font-size: 1.375rem; font-weight: 650;
}
dl { display: grid; gap: 0; margin: 0; }
dl > div { display: grid; gap: 0 1.5rem; padding-block: .625rem; border-top: 1px solid var(--line); }
dl > div:first-child { border-top: 0; }
dl > div:last-child { padding-bottom: 0; }
dt { color: var(--soft); font-size: .9375rem; }
dd { margin: 0; }
@media (min-width: 34rem) { dl > div { grid-template-columns: 11rem 1fr; } }
dd progress { display: block; width: 100%; height: .5rem; margin-top: .375rem; accent-color: var(--accent); }
.stacked > div { grid-template-columns: 1fr; }

.status { align-self: start; padding: .0625rem .625rem; border-radius: 1rem; background: var(--tint); color: var(--accent); font-size: .875rem; font-weight: 600; }
pre {
  margin: 0; padding: 1rem; overflow: auto; background: var(--ground); border: 1px solid var(--line); border-radius: .625rem;
  line-height: 1.55; overflow-wrap: normal;
}

figure { margin: 0; }
figcaption { margin-top: .75rem; color: var(--soft); font-size: .9375rem; }
.chart { display: block; width: 100%; height: clamp(9rem, 24vw, 15rem); }
.chart rect { fill: var(--accent); }
.months { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .75rem; margin-top: 1.5rem; }

label { display: block; margin-bottom: .375rem; font-weight: 600; font-size: .9375rem; }
.field { margin-top: 1.125rem; }
input:not([type=checkbox]) {
  width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid var(--edge); border-radius: .625rem;
  background: var(--ground); color: inherit; font: inherit;
}
.check { display: flex; align-items: center; gap: .625rem; margin-top: 1.125rem; }
.check label { margin: 0; font-weight: 400; }
.check input { width: 1.125rem; height: 1.125rem; accent-color: var(--accent); }
.notice { padding: .75rem 1rem; border-inline-start: 4px solid var(--accent); border-radius: .375rem; background: var(--tint); }
.fill { width: 100%; margin-top: 1.5rem; }

.foot { border-top: 1px solid var(--line); color: var(--soft); font-size: .9375rem; }
.foot .wide { padding-block: 1.5rem; }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`

/** The mark beside the name, also the icon of the site: a door that stands open. */
export const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
<rect x="3" y="3" width="26" height="26" rx="8" fill="currentColor" opacity=".18"/>
<path d="M12 9h8.5A1.5 1.5 0 0 1 22 10.5v11a1.5 1.5 0 0 1-1.5 1.5H12" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/>
<path d="M8.5 16h8m-3-3.5 3.5 3.5-3.5 3.5" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>
</svg>`

export const icon = mark.replaceAll('currentColor', '#4a78e8')
