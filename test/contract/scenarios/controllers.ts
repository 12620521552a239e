import { get, MERGE, patch, post, remove, type Subject, type View } from '../step.ts';
import { apps, core, objectOf, service } from './paths.ts';

/** Without who wrote what when: the controllers of the sandbox have no names of their own. */
const content: View = {
  name: 'the content',
  of: ({ metadata, ...rest }: { metadata: Record<string, unknown> }) => {
    const { managedFields: _1, resourceVersion: _2, ...kept } = metadata;
    return { ...rest, metadata: kept };
  },
};
const slices: View = {
  name: 'the slices',
  of: ({ items }: { items: { metadata: Record<string, unknown> }[] }) =>
    items.map(({ metadata, ...rest }) => {
      const { managedFields: _1, resourceVersion: _2, annotations: _3, generation: _4, ...kept } = metadata;
      return { ...rest, metadata: kept };
    }),
};
const pod = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'main', image: 'i:1' }] } };
const nowhere = { ...pod, spec: { ...pod.spec, nodeSelector: { nothing: 'has-this' } } };
const daemonSet = (spec: object): object =>
  objectOf('apps/v1', 'DaemonSet', 'x', {
    spec: { selector: { matchLabels: { app: 'x' } }, template: nowhere, ...spec },
  });
const behind = (name: string): string =>
  `/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices?labelSelector=kubernetes.io/service-name=${name}`;

/** What the controllers make of objects, where neither nodes nor Pods matter. */
export const controllers: Subject = {
  name: 'controllers',
  scenarios: [
    {
      name: 'a DaemonSet that no node may have',
      steps: [
        post(apps('daemonsets?dryRun=All'), daemonSet({})),
        post(apps('daemonsets'), daemonSet({}), { view: content }),
        get(apps('daemonsets/x'), { until: { at: ['status', 'observedGeneration'], is: 1 }, view: content }),
        patch(MERGE, apps('daemonsets/x'), { spec: { updateStrategy: { type: 'OnDelete' } } }, { view: content }),
        get(apps('daemonsets/x'), { until: { at: ['status', 'observedGeneration'], is: 2 }, view: content }),
        post(apps('daemonsets?dryRun=All'), daemonSet({ template: { ...pod, metadata: { labels: { app: 'y' } } } })),
        remove(apps('daemonsets/x')),
      ],
    },
    {
      name: 'the slices of Services without Pods',
      steps: [
        post(
          core('services'),
          service('a', { spec: { clusterIP: 'None', selector: { app: 'x' }, ports: [{ port: 5 }] } }),
          {
            view: content,
          },
        ),
        get(behind('a'), { until: { items: 1 }, view: slices }),
        post(core('services'), service('b', { spec: { clusterIP: 'None', ports: [{ port: 5 }] } }), { view: content }),
        get(behind('b'), { view: slices }),
        remove(core('services/a'), undefined, { view: content }),
        get(behind('a'), { until: { items: 0 }, view: slices }),
      ],
    },
  ],
};
