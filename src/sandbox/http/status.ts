import { ApiError, type ApiReason } from '../../kube/errors.ts';
import type { JsonObject } from '../json.ts';
import { Refusal } from '../refusal.ts';

const REASONS: Readonly<Partial<Record<ApiReason, string>>> = {
  ServerError: 'InternalError',
  Unsupported: 'UnsupportedMediaType',
};

/** metav1.Status of a failure. */
export function statusFor(error: unknown): { readonly code: number; readonly body: JsonObject } {
  const known =
    error instanceof ApiError
      ? error
      : new Refusal(
          'ServerError',
          `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
          500,
        );
  const code = known.code === 0 ? 500 : known.code;
  const details = known instanceof Refusal ? known.details : undefined;
  const reason = (known instanceof Refusal ? known.statusReason : undefined) ?? REASONS[known.reason] ?? known.reason;
  return {
    code,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: known.message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details: { ...details } }),
      code,
    },
  };
}
