/** Markup that is safe to send as it is. */
export interface Html {
  readonly text: string;
}

type Part = string | number | Html | undefined | false | readonly Part[];

/** Markup from a template: whatever is put in is text and gets escaped, unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return {
    text: strings.map((string, index) => string + (index < parts.length ? rendered(parts[index]) : '')).join(''),
  };
}

/** Text of our own that is markup already, such as a style sheet or a picture. */
export function raw(text: string): Html {
  return { text };
}

function rendered(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return 'text' in part ? part.text : part.map(rendered).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe in an element and between quotes; what no document may hold is shown as �. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd');
}
