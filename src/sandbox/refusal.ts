import { ApiError } from '../kube/errors.ts';

/** The errors of the API server, worded as it words them. */
export function invalid(kind: string, name: string, field: string, message: string): ApiError {
  return new ApiError('Invalid', `${kind} "${name}" is invalid: ${field}: ${message}`, {
    code: 422,
    causes: [{ field, message }],
  });
}

export function notFound(resource: string, name: string): ApiError {
  return new ApiError('NotFound', `${resource} "${name}" not found`, { code: 404 });
}

export function alreadyExists(resource: string, name: string, isDeleting: boolean): ApiError {
  const prefix = isDeleting ? 'object is being deleted: ' : '';
  return new ApiError('AlreadyExists', `${prefix}${resource} "${name}" already exists`, { code: 409 });
}

export function conflict(resource: string, name: string, why: string): ApiError {
  return new ApiError('Conflict', `Operation cannot be fulfilled on ${resource} "${name}": ${why}`, { code: 409 });
}

export function forbidden(resource: string, name: string, why: string): ApiError {
  return new ApiError('Forbidden', `${resource} "${name}" is forbidden: ${why}`, { code: 403 });
}

export function badRequest(message: string): ApiError {
  return new ApiError('BadRequest', message, { code: 400 });
}

/** What the real server would do and the sandbox does not. */
export function unsupported(what: string): ApiError {
  return new ApiError('Unsupported', `the sandbox does not emulate ${what}`, { code: 501 });
}
