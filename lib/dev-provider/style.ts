/** The one style sheet of the provider's pages. Follows the colours of the reader's system, fits from 320 pixels up. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f3f4f7; --card: #ffffff; --ink: #1b1f2a; --soft: #5b6474; --line: #d9dde5; --accent: #2f5bd8; --on-accent: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12141a; --card: #1c1f28; --ink: #eceef3; --soft: #a5adbd; --line: #353b49; --accent: #8fabff; --on-accent: #10131a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
main {
  width: 100%; max-width: 27rem; padding: clamp(1.25rem, 5vw, 2.25rem);
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem;
}
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
small { color: var(--soft); font-size: .875rem; }
ul { list-style: none; margin: 0 0 1rem; padding: 0; display: grid; gap: .5rem; }
form { margin: 0 0 .5rem; }
label { display: block; margin-bottom: .25rem; }
input, button {
  width: 100%; padding: .75rem 1rem; font: inherit; color: inherit; text-align: start;
  background: transparent; border: 1px solid var(--line); border-radius: .625rem;
}
input { margin-bottom: .75rem; text-transform: uppercase; letter-spacing: .1em; }
button { cursor: pointer; }
button:hover { border-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button.main { text-align: center; background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
button.quiet { text-align: center; border-color: transparent; color: var(--soft); }
button strong, button small { display: block; }
.hinted button { border-color: var(--accent); }
code { font-size: 1.75rem; letter-spacing: .1em; }
[role=alert] { padding: .75rem 1rem; border: 1px solid var(--line); border-inline-start: 4px solid #d0443e; border-radius: .625rem; }
footer { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem; }
footer p { margin: 0; }
`
