import pino, { type DestinationStream, type Logger } from 'pino';
import { resourceName, type ObjectRef, type ResourceType } from '../kube/object.ts';
import type { Clock } from '../kube/ports.ts';
import { textLine } from './log-text.ts';

/** A log of JSON lines, or of text for a terminal. No line leaves with a known secret or the credentials of a URL in it. */
export function createLog(options: LogOptions): Logger {
  const { clock, redactor = new LogRedactor(), destination = process.stdout } = options;
  const format = options.format === 'text' ? textLine : (line: string) => line;
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED_PATHS, censor: CENSORED },
    },
    { write: (line) => void destination.write(format(redactor.redact(line))) },
  );
}

/** The log of one resource: every line names it. */
export function logFor(log: Logger, type: ResourceType, ref: ObjectRef): Logger {
  return log.child({ resource: resourceName(type), ...ref });
}

export interface LogOptions {
  readonly clock: Clock;
  readonly level?: string;
  /** `json` unless said otherwise. */
  readonly format?: 'json' | 'text';
  /** Standard output unless said otherwise. */
  readonly destination?: DestinationStream;
  /** Shared with whoever learns of secrets. */
  readonly redactor?: LogRedactor;
}

/** Replaces in a text what must not be read: the secrets it was told of, and credentials in URLs. */
export class LogRedactor {
  readonly #secrets = new Set<string>();

  /** `secret` is replaced from now on. Shorter ones than six characters are not: they would be found everywhere.
   * Its forms in JSON, in a URL and in base64 are replaced too. */
  add(secret: string): void {
    if (secret.length < 6) return;
    const base64 = Buffer.from(secret).toString('base64');
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), base64]) {
      this.#secrets.add(form);
    }
  }

  redact(text: string): string {
    let redacted = text.replace(URL_CREDENTIALS, `$1${CENSORED}@`);
    for (const secret of this.#secrets) redacted = redacted.replaceAll(secret, CENSORED);
    return redacted;
  }
}

const CENSORED = '***';

/** `scheme://user:password@` */
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]+@/gi;

const REDACTED_KEYS = ['data', 'stringData', 'password', 'token', 'authorization', 'Authorization'];

/** At the top and up to three levels down: `{ secret: { data } }`, `{ request: { headers: { authorization } } }`. */
const REDACTED_PATHS = REDACTED_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);
