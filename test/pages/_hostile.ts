/** What somebody would write who wants out of the text. */
export const hostile = '"><script>alert(\'x\')</script>&lt;<img src=x onerror=alert(1)>'

/** The same as a page must show it. */
export const harmless = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;lt;&lt;img src=x onerror=alert(1)&gt;'

/** Every tag of a page that is not closed at once, as it was written. */
export function tagsOf (body: string): readonly string[] {
  return body.replace(/<style>[^]*?<\/style>/, '').match(/<[a-z!][^>]*>/gi) ?? []
}
