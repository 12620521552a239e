import { ApiError, type ApiReason } from '../kube/errors.ts';

/** What an error is about. */
export interface Subject {
  /** `get deployments.apps openstack/keystone-api`. */
  readonly what: string;
  /** Of a Secret: nothing that the server says about the contents may be repeated. */
  readonly isSecret: boolean;
}

/** metav1.Status, as far as we read it. */
export interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly field?: string; readonly message?: string }[];
  };
}

/** Turns the body of a failed request, or the object of an ERROR event, into the error that it means. */
export function errorFromStatus(subject: Subject, code: number, body: unknown, retryAfter?: string): ApiError {
  const status: Status = isStatus(body) ? body : {};
  const seconds = status.details?.retryAfterSeconds ?? Number(retryAfter ?? Number.NaN);
  const causes = (status.details?.causes ?? []).map(({ field, message }) => ({
    field: field ?? '',
    message: subject.isSecret ? 'not shown for a Secret' : (message ?? ''),
  }));
  return new ApiError(reasonOf(code, status.reason), messageOf(subject, code, status, causes), {
    code,
    causes,
    ...(seconds >= 0 && { retryAfterMs: seconds * 1_000 }),
  });
}

export function isStatus(body: unknown): body is Status {
  return typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status';
}

/** Some servers answer with the whole object in words. */
const LONGEST_MESSAGE = 1_000;

function messageOf(subject: Subject, code: number, status: Status, causes: readonly { field: string }[]): string {
  if (subject.isSecret) {
    const fields = causes.map((cause) => cause.field).filter((field) => field !== '');
    return `${subject.what}: ${code} ${status.reason ?? ''} ${fields.join(', ')}`.trim();
  }
  const said = status.message ?? `the server answered ${code}`;
  return `${subject.what}: ${said.length > LONGEST_MESSAGE ? `${said.slice(0, LONGEST_MESSAGE)}…` : said}`;
}

function reasonOf(code: number, reason: string | undefined): ApiReason {
  switch (code) {
    case 401:
      return 'Unauthorized';
    case 403:
      return 'Forbidden';
    case 404:
      return 'NotFound';
    case 405:
    case 406:
    case 415:
    case 501:
      return 'Unsupported';
    case 409:
      return reason === 'AlreadyExists' ? 'AlreadyExists' : 'Conflict';
    case 410:
      return 'Expired';
    case 422:
      return 'Invalid';
    case 429:
      return 'TooManyRequests';
    case 408:
    case 504:
      return 'Timeout';
    default:
      return code >= 400 && code < 500 ? 'BadRequest' : 'ServerError';
  }
}
