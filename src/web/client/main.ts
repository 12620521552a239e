import { Idiomorph } from 'idiomorph';
import type { Summary } from '../instances.ts';
import { rowOf } from '../pages/row.ts';

/** What makes a page live. Everything can be read without it. */

const live = document.querySelector('#live');
const stale = document.querySelector('#stale');

follow();
keepTime();
chooseTheme();
listenToKeys();
offersPictures();

/** Changes come by the stream: a row of a list at once, all else by reading the page anew, once for many changes. */
function follow(): void {
  const { follows } = document.body.dataset;
  if (follows === undefined) return;
  let source: EventSource | undefined;
  let heard = Date.now();
  const open = (): void => {
    source = new EventSource(`/api/v1/stream${follows}`);
    source.addEventListener('open', () => {
      heard = Date.now();
      document.body.classList.remove('stale');
      if (live !== null) live.textContent = '● live';
    });
    source.addEventListener('instance', ({ data }: MessageEvent<string>) => {
      heard = Date.now();
      const { key, summary } = JSON.parse(data) as { key: string; summary?: Summary };
      // A row that is there is right at once; what else its change means for the page can wait a little.
      if (summary !== undefined && changeRow(key, summary)) refresh(2_000);
      else refresh(0);
    });
    source.addEventListener('reset', () => {
      heard = Date.now();
      refresh(0);
    });
    source.addEventListener('error', () => {
      document.body.classList.add('stale');
      if (live !== null) live.textContent = '○ not live';
      // A server that answers with an error ends it for good; one that is away is asked again by the browser.
      if (source?.readyState === EventSource.CLOSED) setTimeout(open, 2000);
    });
  };
  open();
  setInterval(() => {
    const seconds = Math.round((Date.now() - heard) / 1000);
    if (stale !== null && document.body.classList.contains('stale'))
      stale.textContent = `Live updates are lost; what you see is ${seconds} s old. Trying again…`;
  }, 1000);
  // A hidden page gives its connection back: a browser has six for a server.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      source?.close();
      source = undefined;
    } else if (source === undefined) open();
  });
}

/** False: it is not on this page. */
function changeRow(key: string, summary: Summary): boolean {
  const row = document.querySelector(`tr[data-key="${CSS.escape(key)}"]`);
  if (row === null) return false;
  void Idiomorph.morph(row, rowOf(summary).text, { morphStyle: 'outerHTML' });
  return true;
}

/** When the page is to be read anew. */
let due = Number.POSITIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;
let isReading = false;
let rested = 0;

/** Reads the page anew after so long at the latest, and at most four times a second. */
function refresh(withinMs: number): void {
  due = Math.min(due, Math.max(Date.now() + withinMs, rested));
  if (isReading) return;
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      due = Number.POSITIVE_INFINITY;
      isReading = true;
      read()
        .catch((error: unknown) => console.error('the page could not be read anew', error))
        .finally(() => {
          isReading = false;
          rested = Date.now() + 250;
          if (due < Number.POSITIVE_INFINITY) refresh(Math.max(0, due - Date.now()));
        });
    },
    Math.max(0, due - Date.now()),
  );
}

/** Takes over what differs: focus, selection and scroll stay where they are. */
async function read(): Promise<void> {
  const response = await fetch(location.href, { headers: { Accept: 'text/html' } });
  const text = await response.text();
  const next = new DOMParser().parseFromString(text, 'text/html').querySelector('main');
  const main = document.querySelector('main');
  if (next === null || main === null) return;
  const before = document.querySelector('#sentence')?.textContent;
  void Idiomorph.morph(main, next, { morphStyle: 'outerHTML', ignoreActiveValue: true, restoreFocus: true });
  tellTimes();
  const after = document.querySelector('#sentence')?.textContent;
  if (live !== null && after !== undefined && after !== before) live.textContent = `● ${after ?? ''}`.slice(0, 120);
}

function keepTime(): void {
  tellTimes();
  setInterval(tellTimes, 1000);
}

function tellTimes(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-ago]'))
    setText(time, `${span(Date.now() - Date.parse(time.dateTime))} ago`);
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-until]')) {
    const left = Date.parse(time.dateTime) - Date.now();
    setText(time, left > 0 ? `in ${span(left)}` : 'now');
  }
}

function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

function chooseTheme(): void {
  const button = document.querySelector<HTMLButtonElement>('#theme');
  if (button === null) return;
  const root = document.documentElement;
  const isDark = (): boolean =>
    root.dataset['theme'] === undefined
      ? matchMedia('(prefers-color-scheme: dark)').matches
      : root.dataset['theme'] === 'dark';
  const show = (): void => {
    button.textContent = isDark() ? 'Light' : 'Dark';
    button.hidden = false;
  };
  const kept = localStorage.getItem('theme');
  if (kept !== null) root.dataset['theme'] = kept;
  show();
  button.addEventListener('click', () => {
    root.dataset['theme'] = isDark() ? 'light' : 'dark';
    localStorage.setItem('theme', root.dataset['theme']);
    show();
  });
}

function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    const at = document.activeElement;
    const isField =
      at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape' && at instanceof HTMLElement) at.blur();
    if (isField) return;
    if (event.key === '/') {
      event.preventDefault();
      const search = document.querySelector<HTMLInputElement>('#search');
      if (search === null) location.href = '/instances';
      else search.focus();
    } else if (event.key === '?') location.href = '/help';
    else if (event.key.startsWith('Arrow') && at?.closest('.diagram') !== null) moveIn(event);
  });
}

/** To the nearest state in the direction of the key. */
function moveIn(event: KeyboardEvent): void {
  const at = document.activeElement?.closest('[data-state]');
  const states = [...document.querySelectorAll<SVGElement>('.diagram [data-state]')];
  if (at === null || at === undefined) {
    states[0]?.focus();
    return;
  }
  event.preventDefault();
  const middle = (element: Element): [number, number] => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  const [x, y] = middle(at);
  const isAcross = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
  const sign = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : -1;
  const distances = states.flatMap((state) => {
    const [otherX, otherY] = middle(state);
    const [along, aside] = isAcross ? [otherX - x, otherY - y] : [otherY - y, otherX - x];
    return along * sign > 4 ? [{ state, far: Math.abs(along) + 2 * Math.abs(aside) }] : [];
  });
  distances.sort((a, b) => a.far - b.far)[0]?.state.focus();
}

/** A picture as PNG, twice as large as it is shown. A `data:` URL, for the CSP lets no other in. */
function offersPictures(): void {
  document.documentElement.classList.add('scripted');
  document.addEventListener('click', ({ target }) => {
    const path = target instanceof HTMLElement ? target.dataset['png'] : undefined;
    if (path !== undefined) void save(path);
  });
}

async function save(path: string): Promise<void> {
  const text = await (await fetch(path)).text();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width * 2;
  canvas.height = image.height * 2;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const link = document.createElement('a');
  link.href = canvas.toDataURL('image/png');
  link.download = `${document.title.split(' ')[0]?.replace('/', '-') ?? 'diagram'}.png`;
  link.click();
}
