import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Exchange } from './play.ts';

/** By the scenario's name. */
export type Transcript = Readonly<Record<string, readonly Exchange[]>>;

const folder = new URL('./transcripts/', import.meta.url);

export function readTranscript(subject: string): Transcript {
  return JSON.parse(readFileSync(new URL(`${subject}.json`, folder), 'utf8')) as Transcript;
}

export function writeTranscript(subject: string, transcript: Transcript): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${subject}.json`, folder), `${JSON.stringify(transcript, null, 1)}\n`);
}
