import { diagramStyle, palette } from '../diagram/svg.ts';

/** The one style sheet. No element has a style of its own: the CSP forbids it. */
export const style = `${palette}${diagramStyle}
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--paper); overflow-wrap: break-word; }
a { color: var(--active); }
a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, textarea:focus-visible, [tabindex]:focus-visible, summary:focus-visible { outline: 3px solid var(--active); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 8px; top: 8px; background: var(--paper); padding: 8px; z-index: 2; }
header.top { display: flex; flex-wrap: wrap; gap: 4px 18px; align-items: center; padding: 10px 20px; border-bottom: 1px solid var(--line); }
header.top nav { display: flex; flex-wrap: wrap; gap: 4px 16px; } header.top nav a { text-decoration: none; padding: 4px 0; }
header.top nav a[aria-current] { font-weight: 600; color: var(--text); border-bottom: 2px solid var(--active); }
header.top .live { margin-left: auto; color: var(--line); font-size: 14px; }
header.top button { font: inherit; color: var(--text); background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: 2px 10px; cursor: pointer; }
main { padding: 16px 20px 48px; max-width: 1500px; margin: 0 auto; }
h1 { font-size: 22px; margin: 4px 0 12px; } h2 { font-size: 16px; margin: 24px 0 8px; }
time { white-space: nowrap; } .note { color: var(--line); } .crumbs { font-size: 14px; }
.pill { display: inline-block; padding: 0 8px; border-radius: 10px; border: 1.5px solid currentColor; font-size: 13px; white-space: nowrap; }
.pill.active { color: var(--active); background: var(--active-tint); } .pill.done { color: var(--done); background: var(--done-tint); }
.pill.waiting { color: var(--waiting); background: var(--waiting-tint); border-style: dashed; } .pill.failed { color: var(--failed); background: var(--failed-tint); border-width: 2.5px; }
.pill.paused { color: var(--paused); background: var(--paused-tint); border-style: dotted; }
table { border-collapse: collapse; width: 100%; font-size: 14px; } th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid color-mix(in srgb, var(--line) 30%, transparent); vertical-align: top; }
th { color: var(--line); font-weight: 500; } .scroll { overflow-x: auto; }
code, pre, .mono { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: 13px; } pre { background: var(--box); padding: 12px; overflow: auto; border-radius: 8px; } pre.commands { white-space: pre-wrap; overflow-wrap: anywhere; }
.card { border: 1px solid color-mix(in srgb, var(--line) 45%, transparent); border-radius: 10px; padding: 12px 16px; margin: 0 0 14px; background: var(--paper); }
.card > h2:first-child { margin-top: 0; }
.cards { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(min(280px, 100%), 1fr)); } .cards .card { margin: 0; }
.sentence { font-size: 17px; margin: 0 0 8px; } .sentence.failed { border-left: 5px solid var(--failed); padding-left: 12px; } .sentence.waiting { border-left: 5px dashed var(--waiting); padding-left: 12px; } .sentence.active { border-left: 5px solid var(--active); padding-left: 12px; }
.columns { display: grid; gap: 24px; grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr); align-items: start; }
@media (max-width: 1100px) { .columns { grid-template-columns: minmax(0, 1fr); } }
.picture { overflow-x: auto; } .picture svg { max-width: 100%; height: auto; }
.terms { list-style: none; padding: 0; margin: 4px 0; } .terms li { padding: 2px 0 2px 24px; text-indent: -24px; } .yes { color: var(--done); } .no { color: var(--failed); }
form.filter { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; margin-bottom: 14px; } form label { display: flex; flex-direction: column; font-size: 13px; color: var(--line); }
input, select, textarea, form button { font: inherit; color: var(--text); background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: 5px 10px; max-width: 100%; } textarea { width: 100%; font-family: ui-monospace, monospace; font-size: 13px; }
.history { list-style: none; padding: 0; } .history li { padding: 3px 0; border-bottom: 1px solid color-mix(in srgb, var(--line) 25%, transparent); } .history li[aria-current] { background: var(--active-tint); }
.phases { display: flex; gap: 28px; flex-wrap: wrap; align-items: flex-start; } .phases > section { min-width: min(210px, 100%); flex: 1; }
.stages { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: flex-start; } .stages > section { flex: 1 1 min(280px, 100%); } .stages > section.open { flex-grow: 2; } .stages h3 { font-size: 14px; margin: 4px 0 8px; }
.stages .card { padding: 7px 12px; margin: 0 0 8px; border-left-width: 4px; font-size: 14px; } .stages .card p { margin: 3px 0 0; } .stages .card strong { font-weight: 500; }
.card.failed { border-left-color: var(--failed); } .card.waiting { border-left: 4px dashed var(--waiting); } .card.active { border-left-color: var(--active); } .card.done { border-left-color: var(--done); } .card.paused { border-left: 4px dotted var(--paused); } .stages .card.later { border-style: dashed; border-left-width: 1px; padding-left: 15px; }
.segments { display: inline-flex; gap: 3px; margin: 0 8px; } .segments i { width: 22px; height: 10px; border-radius: 3px; border: 1px solid var(--line); } .segments .done { background: var(--done); border-color: var(--done); } .segments .failed { background: var(--failed); border-color: var(--failed); } .segments .active { background: var(--active); border-color: var(--active); } .segments .waiting { background: var(--waiting-tint); border: 1px dashed var(--waiting); } .segments .paused { background: var(--paused-tint); border: 1px dotted var(--paused); }
[data-png] { display: none; } .scripted [data-png] { display: inline; }
#stale { display: none; position: sticky; top: 0; background: var(--failed-tint); color: var(--failed); padding: 8px 20px; border-bottom: 2px solid var(--failed); z-index: 1; } body.stale #stale { display: block; }
@media (prefers-reduced-motion: no-preference) { .fresh { animation: fresh 1.2s; } @keyframes fresh { from { background: var(--active-tint); } } }
`;
