import { readFileSync } from 'node:fs';
import { call, type Call, type Subject } from '../step.ts';

interface Sent {
  readonly method: Call['method'];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly as: string;
}

const sent = JSON.parse(readFileSync(new URL('kubectl.json', import.meta.url), 'utf8')) as Sent[];

/** What kubectl sends in one sitting, as `../kubectl.ts` has heard it. */
export const kubectl: Subject = {
  name: 'kubectl',
  scenarios: [
    {
      name: 'a person at work',
      steps: sent.map(({ method, path, headers, body, as }) => call(method, path, body, { headers, as })),
    },
  ],
};
