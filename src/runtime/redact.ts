import type { KubeClient } from '../kube/client.ts';
import { isApiError } from '../kube/errors.ts';
import { Builtin } from '../kube/object.ts';
import type { PodView } from './slim.ts';

/** The longest end of a log that a status may quote. */
const longest = 1024;

/**
 * What Pods said as they failed, fit for a status: the end of it, with the value of every Secret that could be in it
 * and the credentials of every URL replaced. Secrets are read from the API for the purpose and forgotten at once; what
 * was cleaned is remembered, so a failure costs its reads once.
 */
export class Redactor {
  readonly #client: KubeClient;
  readonly #cleaned = new Map<string, string>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** The Pods with clean messages. `secrets` names those of the resource besides the ones that the Pods mount; asked for where there is a message. */
  async clean(
    pods: readonly PodView[],
    secrets: () => readonly string[],
    signal: AbortSignal,
  ): Promise<readonly PodView[]> {
    const speaking = pods.filter((pod) => messagesOf(pod).some((message) => !this.#cleaned.has(message)));
    if (speaking.length > 0) {
      const names = new Set([...secrets(), ...speaking.flatMap((pod) => pod.secrets)]);
      const values = await this.#valuesOf([...names], speaking[0]?.metadata.namespace ?? '', signal);
      for (const message of speaking.flatMap(messagesOf)) {
        if (this.#cleaned.size > 1000) this.#cleaned.clear();
        this.#cleaned.set(message, withoutSecrets(message, values).slice(-longest));
      }
    }
    return pods.map((pod) =>
      messagesOf(pod).length === 0 ? pod : replaceMessages(pod, (text) => this.#cleaned.get(text) ?? ''),
    );
  }

  /** Other texts without the values of these Secrets; nothing of them is remembered. */
  async texts(texts: readonly string[], secrets: readonly string[], namespace: string, signal: AbortSignal) {
    const values = texts.length === 0 ? [] : await this.#valuesOf(secrets, namespace, signal);
    return texts.map((text) => withoutSecrets(text, values));
  }

  async #valuesOf(names: readonly string[], namespace: string, signal: AbortSignal): Promise<string[]> {
    const values: string[] = [];
    for (const name of names) {
      try {
        const secret = await this.#client.get(Builtin.Secret, { namespace, name }, { signal });
        for (const value of Object.values((secret['data'] ?? {}) as Record<string, string>)) {
          values.push(Buffer.from(value, 'base64').toString('utf8'));
        }
      } catch (error) {
        if (!isApiError(error, 'NotFound')) throw error;
      }
    }
    return values;
  }
}

/** `text` with each value, also percent-encoded or in base64, and each URL's credentials replaced by `***`. */
export function withoutSecrets(text: string, values: readonly string[]): string {
  let clean = text;
  const forms = values
    // Made by hand, a value often ends with a line break.
    .flatMap((value) => [value, value.trim()])
    .filter((value) => value.length >= 3 && !value.includes('\n'))
    .flatMap((value) => [value, encodeURIComponent(value), Buffer.from(value).toString('base64')]);
  for (const form of forms.sort((a, b) => b.length - a.length)) clean = clean.replaceAll(form, '***');
  return (
    clean
      .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1***@')
      // The second and later hosts of rabbit://user:password@one,user:password@two.
      .replaceAll(/,[^\s/@,:]+:[^\s/@,]+@/g, ',***@')
  );
}

interface Said {
  message?: string;
  exitCode?: number;
}

interface State {
  terminated?: Said;
  waiting?: Said;
}

interface Container {
  state?: State;
  lastState?: State;
}

interface PodStatus {
  containerStatuses?: Container[];
  initContainerStatuses?: Container[];
}

function messagesOf(pod: PodView): string[] {
  const { containerStatuses = [], initContainerStatuses = [] } = (pod['status'] ?? {}) as PodStatus;
  return [...initContainerStatuses, ...containerStatuses].flatMap(({ state, lastState }) =>
    [isAnswer(state?.terminated) ? undefined : state?.terminated, lastState?.terminated, state?.waiting].flatMap(
      (said) => said?.message ?? [],
    ),
  );
}

/** A UUID that a Job said as it ended well: no log, and nothing that a Secret of ours could hold. */
function isAnswer(said: Said | undefined): boolean {
  return said?.exitCode === 0 && /^\s*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*$/.test(said.message ?? '');
}

function replaceMessages(pod: PodView, clean: (text: string) => string): PodView {
  const said = <S extends Said | undefined>(entry: S): S =>
    entry?.message === undefined ? entry : { ...entry, message: clean(entry.message) };
  const state = (entry: State | undefined): State => ({
    ...entry,
    ...(entry?.terminated === undefined || isAnswer(entry.terminated) ? {} : { terminated: said(entry.terminated) }),
    ...(entry?.waiting === undefined ? {} : { waiting: said(entry.waiting) }),
  });
  const container = (entry: Container): Container => ({
    ...entry,
    state: state(entry.state),
    lastState: state(entry.lastState),
  });
  const status = (pod['status'] ?? {}) as PodStatus;
  return {
    ...pod,
    status: {
      ...status,
      containerStatuses: (status.containerStatuses ?? []).map(container),
      initContainerStatuses: (status.initContainerStatuses ?? []).map(container),
    },
  };
}
