import type { KubeObject } from '../kube/object.ts';
import { readBuiltIn } from './built-in.ts';
import { notServed, Unreadable } from './refusal.ts';
import type { Served } from './registry.ts';
import { checkCustom, type FieldValidation, readCustom } from './schema/custom.ts';

/** How a write wants to be told of what is doubtful. */
export interface Reading {
  /** What becomes of a field that the type does not have; by default it is dropped with a warning. */
  readonly fieldValidation?: FieldValidation | undefined;
  /** Told what is well-formed and yet doubtful, in a sentence each. */
  readonly warn?: ((warning: string) => void) | undefined;
  /** It is what an apply has merged: nulls are not a client's way of leaving something out. */
  readonly isApplied?: boolean;
}

/**
 * An object as the server makes it of what a client sent: unknown fields dropped, and of custom resources the defaults
 * filled in. `Unreadable` where that cannot be. Built-in kinds whose shapes are not known are taken as they are.
 */
export function readObject(
  { type, definition, shape }: Served,
  object: KubeObject,
  old: KubeObject | undefined,
  { fieldValidation = 'Warn', warn = ignore, isApplied = false }: Reading,
): KubeObject {
  if (definition !== undefined) {
    const read = readCustom(definition, type, object, old, fieldValidation, isApplied);
    read.warnings.forEach(warn);
    return read.object;
  }
  if (shape === undefined) return object;
  const read = readBuiltIn(type, object, old, shape);
  const told = read.unknown.map((path) => `unknown field "${path}"`);
  if (fieldValidation === 'Strict' && told.length > 0) {
    throw new Unreadable(type, `strict decoding error: ${told.join(', ')}`);
  }
  if (fieldValidation === 'Warn') told.forEach(warn);
  return read.object;
}

/** A custom resource that was read, without what the write has no say in; `Invalid` where it breaks the schema. */
export function checkedCustom(
  { type, definition }: Served,
  read: KubeObject,
  old: KubeObject | undefined,
  subresource: 'status' | undefined,
  { warn = ignore }: Reading,
): KubeObject {
  if (definition === undefined) throw notServed();
  const checked = checkCustom(definition, type, read, old, subresource);
  checked.warnings.forEach(warn);
  return checked.object;
}

function ignore(): void {}
