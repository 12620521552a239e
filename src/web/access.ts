import type { Request } from 'express';

/** What somebody may see. Whatever they may not see does not exist for them: not in a list, a count, a stream or an error. */
export interface Reader {
  sees(kind: string, namespace: string): boolean;
  /** Ask again after so long; undefined: it stays so. */
  readonly goodForMs?: number;
}

/** Who asks; rejects with a `Problem` where that is not known. */
export type Access = (request: Request) => Promise<Reader>;

/** Where nobody else can come: the sandbox, on loopback. */
export const everybody: Access = () => Promise.resolve({ sees: () => true });
