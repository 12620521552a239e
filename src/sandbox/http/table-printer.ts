import type { KubeObject } from '../../kube/object.ts';
import { isRecord } from '../json.ts';
import { ageOf } from './duration.ts';

/** How the objects of one type become rows. */
export interface Printer {
  readonly columns: readonly Column[];
  readonly cells: (object: KubeObject, now: number) => unknown[];
  /** What a client may want to know of a whole row, such as that a Pod has ended. */
  readonly conditions?: (object: KubeObject) => object[];
}

export type Printers = Readonly<Record<string, Printer>>;

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is shown always, more only in the wide form. */
  readonly priority: number;
}

export function column(name: string, type = 'string'): Column {
  return { name, type, format: '', description: '', priority: 0 };
}

export function wide(name: string): Column {
  return { ...column(name), priority: 1 };
}

export const NAME: Column = { ...column('Name'), format: 'name' };
export const AGE = column('Age');
export const NONE = '<none>';

export function age({ metadata }: KubeObject, now: number): string {
  return ageOf(metadata.creationTimestamp, now);
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function count(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

export function labelText(labels: unknown): string {
  const pairs = isRecord(labels) ? Object.keys(labels).sort() : [];
  if (!isRecord(labels) || pairs.length === 0) return NONE;
  return pairs.map((key) => `${key}=${text(labels[key])}`).join();
}
