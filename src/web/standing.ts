/** How a resource stands; each has a glyph, a word and a border of its own, so that none is told by its colour alone. */
export const standings = ['active', 'done', 'waiting', 'failed', 'paused'] as const;
export type Standing = (typeof standings)[number];

export const glyphs: Readonly<Record<Standing, string>> = {
  active: '▶',
  done: '✓',
  waiting: '◷',
  failed: '✕',
  paused: '⏸',
};

export const words: Readonly<Record<Standing, string>> = {
  active: 'at work',
  done: 'Ready',
  waiting: 'waits',
  failed: 'failed',
  paused: 'paused',
};
