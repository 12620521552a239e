import type { KubeObject } from '../../../src/kube/object.ts';
import { ownerMark, writes, type Check, type Truth } from '../truth.ts';

/** I9: no value of a Secret, in any form, is in what the operator sends outside of Secrets, or in its log. */
export function taint(truth: Truth, log: readonly string[]): Check {
  const secrets = new Map<string, string>();
  let scanned = 0;

  const learn = (object: KubeObject): void => {
    // Files that are put together from others hold much that is no secret.
    const isRaw = (object.metadata.ownerReferences ?? []).length === 0;
    if (!isRaw && ownerMark(object) !== undefined) return;
    for (const [key, value] of Object.entries((object['data'] ?? {}) as Record<string, string>)) {
      const text = Buffer.from(value, 'base64').toString('latin1');
      if (text.length < 8) continue;
      for (const form of [text, value, value.replaceAll('=', ''), encodeURIComponent(text)])
        secrets.set(form, `${object.metadata.name}/${key}`);
    }
  };
  const scan = (text: string, where: string): void => {
    for (const [form, name] of secrets) {
      if (text.includes(form)) truth.breach('I9', `the value of Secret ${name} is in ${where}`);
    }
  };

  return {
    changed: ({ type, object }) => {
      if (object.kind === 'Secret' && type !== 'DELETED') learn(object);
    },
    sent: ({ verb, type, name, body }) => {
      if (!writes.includes(verb) || type.kind === 'Lease') return;
      const { data: _1, stringData: _2, ...rest } = (body ?? {}) as Record<string, unknown>;
      scan(JSON.stringify(type.kind === 'Secret' ? rest : (body ?? '')), `${verb} ${type.kind}/${name}`);
    },
    ended: () => {
      scan(log.slice(scanned).join('\n'), 'the log');
      scanned = log.length;
    },
  };
}
