import type { KubeObject } from '../../src/kube/object.ts';

/** Every value that was generated, as it is and as it may stand in a URL or in base64. Configuration is made of them. */
export function secretsOf(secrets: readonly KubeObject[]): string[] {
  const values = secrets
    .filter(({ metadata }) => !metadata.name.endsWith('-config'))
    .flatMap((secret) => Object.entries((secret['data'] ?? {}) as Record<string, string>))
    .map(([, value]) => Buffer.from(value, 'base64').toString());
  return [...new Set(values)].filter((value) => value.length >= 12);
}

export function isTold(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) =>
    [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')].some((form) =>
      text.includes(form),
    ),
  );
}
