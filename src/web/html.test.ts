import { describe, expect, it } from 'vitest';
import { html, raw } from './html.ts';

describe('html', () => {
  it.each([
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    ['" onload="x', '&quot; onload=&quot;x'],
    ["it's & that", 'it&#39;s &amp; that'],
    ['a\u0000b\u001b[31mc\u0085d', 'a\ufffdb\ufffd[31mc\ufffdd'],
    ['lone \ud800', 'lone \ufffd'],
    ['line\nand\ttab', 'line\nand\ttab'],
  ])('makes text of %j', (text, expected) => {
    expect(html`<p title="${text}">${text}</p>`.text).toBe(`<p title="${expected}">${expected}</p>`);
  });

  it('puts markup, numbers and lists in as they are, and nothing for what is not there', () => {
    const items = ['<', 2].map((item) => html`<li>${item}</li>`);
    expect(
      html`<ul>
        ${items}${undefined}${false}${raw('<hr>')}
      </ul>`.text.replaceAll(/\s/g, ''),
    ).toBe('<ul><li>&lt;</li><li>2</li><hr></ul>');
  });

  it('takes no object of a stranger for markup of its own by its fields alone', () => {
    // What comes from JSON is never put in but as text: the types forbid it, and this is what would happen.
    expect(html`${String({ text: '<b>' })}`.text).toBe('[object Object]');
  });
});
