import type { KubeObject } from '../../kube/object.ts';
import { type JsonObject, recordAt, recordsAt } from '../json.ts';
import { humanDuration } from './duration.ts';
import { AGE, age, column, count, NAME, NONE, type Printers, strings, text, wide } from './table-printer.ts';

const CONTAINERS = [wide('Containers'), wide('Images')];

export const WORKLOAD_PRINTERS: Printers = {
  Deployment: {
    columns: [NAME, column('Ready'), column('Up-to-date'), column('Available'), AGE, ...CONTAINERS, wide('Selector')],
    cells: (object, now) => {
      const { readyReplicas, updatedReplicas, availableReplicas } = recordAt(object, 'status');
      const ready = `${count(readyReplicas)}/${wanted(object)}`;
      const shown = [ready, count(updatedReplicas), count(availableReplicas), age(object, now)];
      return [object.metadata.name, ...shown, ...containers(object), selectorText(object)];
    },
  },
  StatefulSet: {
    columns: [NAME, column('Ready'), AGE, ...CONTAINERS],
    cells: (object, now) => {
      const ready = `${count(recordAt(object, 'status')['readyReplicas'])}/${wanted(object)}`;
      return [object.metadata.name, ready, age(object, now), ...containers(object)];
    },
  },
  ReplicaSet: {
    columns: [
      NAME,
      column('Desired', 'integer'),
      column('Current', 'integer'),
      column('Ready', 'integer'),
      AGE,
      ...CONTAINERS,
      wide('Selector'),
    ],
    cells: (object, now) => {
      const { replicas, readyReplicas } = recordAt(object, 'status');
      const shown = [wanted(object), count(replicas), count(readyReplicas), age(object, now)];
      return [object.metadata.name, ...shown, ...containers(object), selectorText(object)];
    },
  },
  DaemonSet: {
    columns: [
      NAME,
      column('Desired', 'integer'),
      column('Current', 'integer'),
      column('Ready', 'integer'),
      column('Up-to-date', 'integer'),
      column('Available', 'integer'),
      column('Node Selector'),
      AGE,
      ...CONTAINERS,
      wide('Selector'),
    ],
    cells: (object, now) => {
      const status = recordAt(object, 'status');
      const counts = [
        'desiredNumberScheduled',
        'currentNumberScheduled',
        'numberReady',
        'updatedNumberScheduled',
        'numberAvailable',
      ].map((name) => count(status[name]));
      const nodes = Object.entries(recordAt(object, 'spec', 'template', 'spec', 'nodeSelector'));
      const selected = nodes.map(([key, value]) => `${key}=${text(value)}`).join() || NONE;
      return [object.metadata.name, ...counts, selected, age(object, now), ...containers(object), selectorText(object)];
    },
  },
  Job: {
    columns: [NAME, column('Status'), column('Completions'), column('Duration'), AGE, ...CONTAINERS, wide('Selector')],
    cells: (object, now) => {
      const shown = [jobStatus(object), completions(object), jobDuration(object, now), age(object, now)];
      return [object.metadata.name, ...shown, ...containers(object), selectorText(object)];
    },
  },
};

function wanted(object: KubeObject): number {
  return count(recordAt(object, 'spec')['replicas']);
}

/** The names and the images of the containers. */
function containers(object: KubeObject): [string, string] {
  const all = recordsAt(object, 'spec', 'template', 'spec', 'containers');
  return [all.map(({ name }) => text(name)).join(), all.map(({ image }) => text(image)).join()];
}

function selectorText(object: KubeObject): string {
  const { selector } = recordAt(object, 'spec');
  if (selector === undefined) return NONE;
  const labels = Object.entries(recordAt(selector, 'matchLabels')).map(([key, value]) => ({ key, values: [value] }));
  const terms = [...labels.map((label) => ({ ...label, operator: 'In' })), ...recordsAt(selector, 'matchExpressions')];
  return terms.sort(byKey).map(termText).join() || NONE;
}

function byKey(a: JsonObject, b: JsonObject): number {
  return text(a['key']) < text(b['key']) ? -1 : 1;
}

function termText({ key, operator, values }: JsonObject): string {
  const listed = strings(values).sort();
  switch (operator) {
    case 'Exists':
      return text(key);
    case 'DoesNotExist':
      return `!${text(key)}`;
    case 'NotIn':
      return `${text(key)} notin (${listed.join()})`;
    default:
      return listed.length === 1 ? `${text(key)}=${listed.join()}` : `${text(key)} in (${listed.join()})`;
  }
}

/** What is said first of a Job where several hold. */
const JOB_STATES = ['Complete', 'Failed', 'Terminating', 'Suspended', 'FailureTarget', 'SuccessCriteriaMet'];

function jobStatus(job: KubeObject): string {
  const conditions = recordsAt(job, 'status', 'conditions');
  const holds = (state: string): boolean =>
    state === 'Terminating'
      ? job.metadata.deletionTimestamp !== undefined
      : conditions.some(({ type, status }) => type === state && status === 'True');
  return JOB_STATES.find(holds) ?? 'Running';
}

function completions(job: KubeObject): string {
  const { completions: needed, parallelism } = recordAt(job, 'spec');
  const succeeded = count(recordAt(job, 'status')['succeeded']);
  if (typeof needed === 'number') return `${succeeded}/${needed}`;
  return count(parallelism) > 1 ? `${succeeded}/1 of ${count(parallelism)}` : `${succeeded}/1`;
}

function jobDuration(job: KubeObject, now: number): string {
  const { startTime, completionTime } = recordAt(job, 'status');
  if (typeof startTime !== 'string') return '';
  const end = typeof completionTime === 'string' ? Date.parse(completionTime) : now;
  return humanDuration(end - Date.parse(startTime));
}
