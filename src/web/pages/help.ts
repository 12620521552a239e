import { html } from '../html.ts';
import { glyphs, standings } from '../standing.ts';
import type { Page } from './page.ts';
import { pill } from './row.ts';

const meanings = {
  active: 'work goes on; the sentence says what is looked at',
  done: 'Ready: every step is done and works',
  waiting: 'it waits for another resource',
  failed: 'a try has failed and is tried again, or a person has to act',
  paused: 'a person asked for no more changes',
} as const;

export function help(): Page {
  const body = html`<h1>Help</h1>
    <h2>How a resource stands</h2>
    <table>
      <tbody>
        ${standings.map(
          (one) =>
            html`<tr>
              <td>${pill(one)}</td>
              <td>${glyphs[one]} ${meanings[one]}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <h2>Arrows</h2>
    <p>
      An arrow is followed as soon as its guard holds. On the page of a resource a thick arrow was taken, and a broken
      one is held by its guard: the panel beside says by which fact of which object.
    </p>
    <h2>Keys</h2>
    <table>
      <tbody>
        <tr>
          <td><kbd>/</kbd></td>
          <td>search</td>
        </tr>
        <tr>
          <td><kbd>?</kbd></td>
          <td>this page</td>
        </tr>
        <tr>
          <td><kbd>Esc</kbd></td>
          <td>leave a field</td>
        </tr>
        <tr>
          <td>arrows</td>
          <td>from state to state in a diagram</td>
        </tr>
      </tbody>
    </table>
    <h2>For programs</h2>
    <p>
      Everything here is in the <a href="/api/v1/openapi.json">API</a>: JSON, diagrams as SVG and Mermaid, and a stream
      of changes.
    </p>`;
  return { title: 'Help', path: '/help', body };
}
