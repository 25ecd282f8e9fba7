type Names = ReadonlyArray<readonly [pattern: RegExp, name: string]>

/** In this order: most browsers name those that they descend from too. */
const browsers: Names = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|OPT|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b((Headless)?Chrome|Chromium|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari']
]

const systems: Names = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux']
]

function nameIn (userAgent: string, names: Names): string | undefined {
  return names.find(([pattern]) => pattern.test(userAgent))?.[1]
}

/**
 * What a person may know a device by, from a User-Agent header: a few fixed words, never what a client wrote.
 *
 * @example deviceOf('Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0') // 'Firefox on Linux'
 */
export function deviceOf (userAgent: string | undefined): string {
  const seen = userAgent?.slice(0, 512) ?? ''
  const browser = nameIn(seen, browsers)
  const system = nameIn(seen, systems)
  if (browser === undefined) return system === undefined ? 'Unknown device' : system
  return system === undefined ? browser : `${browser} on ${system}`
}
