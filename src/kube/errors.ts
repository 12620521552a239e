/**
 * What an API request can fail with, as one class with a closed set of reasons.
 * The message never holds a request or response body: bodies can hold Secrets.
 */
export type ApiReason =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Expired'
  | 'Invalid'
  | 'BadRequest'
  | 'Forbidden'
  | 'Unauthorized'
  | 'TooManyRequests'
  | 'ServerError'
  | 'Timeout'
  | 'Network'
  | 'Unsupported';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly reason: ApiReason;
  /** HTTP status; 0 where no answer came. */
  readonly code: number;
  /** From Retry-After, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** `details.causes` of the Status: which field is wrong and why. */
  readonly causes: readonly { readonly field: string; readonly message: string }[];

  constructor(
    reason: ApiReason,
    message: string,
    options: {
      code?: number;
      retryAfterMs?: number;
      causes?: readonly { readonly field: string; readonly message: string }[];
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.code = options.code ?? 0;
    this.retryAfterMs = options.retryAfterMs;
    this.causes = options.causes ?? [];
  }
}

export function isApiError(error: unknown, ...reasons: ApiReason[]): error is ApiError {
  return error instanceof ApiError && (reasons.length === 0 || reasons.includes(error.reason));
}

/** Trying again cannot help until somebody changes something; the message says what. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/**
 * How the reconcile loop treats a failure:
 * transient: back off and try again; conflict: look again at once, our view was old;
 * terminal: say so in the status and wait for a change; dependency: wait for the watch.
 */
export type ErrorClass = 'transient' | 'conflict' | 'terminal';

export function classify(error: unknown): ErrorClass {
  if (error instanceof TerminalError) return 'terminal';
  if (!(error instanceof ApiError)) return 'transient';
  switch (error.reason) {
    case 'Conflict':
    case 'AlreadyExists':
    case 'NotFound':
      return 'conflict';
    case 'Invalid':
    case 'BadRequest':
    case 'Unsupported':
      return 'terminal';
    case 'Expired':
    case 'Forbidden':
    case 'Unauthorized':
    case 'TooManyRequests':
    case 'ServerError':
    case 'Timeout':
    case 'Network':
      return 'transient';
  }
}
