import { html, type Html } from '../html.ts';

export interface Page {
  readonly title: string;
  readonly path: string;
  /** Which changes concern it, as the query of `/api/v1/stream`; undefined: none. */
  readonly follows?: string;
  readonly body: Html;
}

export interface Assets {
  readonly style: string;
  readonly script: string;
}

const places = [
  ['/', 'Overview'],
  ['/instances', 'Resources'],
  ['/machines', 'Machines'],
  ['/dependencies', 'Dependencies'],
  ['/help', 'Help'],
] as const;

/** A whole document around the body of a page. */
export function documentFor({ title, path, follows, body }: Page, { style, script }: Assets): string {
  const here = (place: string): boolean => (place === '/' ? path === '/' : path.startsWith(place));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · openstack-operator</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style}">
<script type="module" src="${script}"></script>
<noscript><meta http-equiv="refresh" content="10"></noscript>
</head>
<body${follows === undefined ? '' : html` data-follows="${follows}"`}>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><strong>openstack-operator</strong>
<nav aria-label="Pages">${places.map(([place, name]) => html`<a href="${place}" ${here(place) ? html` aria-current="page"` : ''}>${name}</a>`)}</nav>
<span class="live" id="live" role="status" aria-live="polite"></span>
<button type="button" id="theme" hidden>Dark</button>
</header>
<div id="stale" role="alert"></div>
<main id="main" tabindex="-1">${body}</main>
</body>
</html>
`.text;
}
