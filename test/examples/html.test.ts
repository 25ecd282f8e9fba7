import t from 'tap'
import { html } from '../../examples/html.ts'

t.test('whatever is put into a template is escaped, unless a template made it', async t => {
  t.equal(html`<p>${'<b> & "c" \'d\' `e`'}</p>`.markup, '<p>&#60;b&#62; &#38; &#34;c&#34; &#39;d&#39; &#96;e&#96;</p>')
  t.equal(html`<ul>${['a<', 'b'].map(text => html`<li>${text}</li>`)}</ul>`.markup, '<ul><li>a&#60;</li><li>b</li></ul>')
  t.equal(html`<p>${1}${html`<br>`}</p>`.markup, '<p>1<br></p>')
})
