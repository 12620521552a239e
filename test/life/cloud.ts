import { execFileSync } from 'node:child_process';
import { condition, installOperator, makeNamespace, operatorNamespace } from '../node/cloud.ts';
import { cluster, get, kubectl, list } from '../node/kubectl.ts';
import { sql } from '../node/life.ts';
import { startRequests } from '../node/requests.ts';
import { applyControlPlane, cloud, controlPlane, lines, name } from '../node/whole-cloud.ts';

/** Operator, cloud, an image in it, and requests that go on. What is there already stays. */
export async function bringUp(): Promise<void> {
  if ((await get(operatorNamespace, 'deployment', 'openstack-operator')) === undefined) await installOperator();
  await makeNamespace(cloud);
  await applyControlPlane();
  await condition(cloud, controlPlane, 'Ready', 420);
  if ((await sql(`SELECT id FROM ${name}_glance__glance.images WHERE status = 'active'`)) === '') {
    await lines(
      `cd /tmp; head -c 1048576 /dev/urandom >picture
       openstack image create --disk-format raw --container-format bare --file picture picture -f value -c status`,
    );
  }
  await startRequests(cloud, `${name}-keystone`);
}

export function patch(spec: object): Promise<string> {
  return kubectl(['patch', '-n', cloud, controlPlane, '--type=merge', '-p', JSON.stringify({ spec })]);
}

/** Writes an annotation of the operator on a service of the cloud; a value that ends in `-` takes it away. */
export function annotate(resource: string, annotation: string): Promise<string> {
  return kubectl(['annotate', '-n', cloud, resource, '--overwrite', `openstack.k8s.io/${annotation}`]);
}

/** The same images by another tag, as a newer build of the same release would have. */
export function tagImages(tag: string, ...names: string[]): void {
  for (const each of names) {
    const image = `quay.io/openstack.kolla/${each}`;
    const ctr = ['-a', cluster().containerd, '-n', 'k8s.io', 'images', 'tag', '--force'];
    execFileSync('/usr/bin/ctr', [...ctr, `${image}:2025.1-ubuntu-noble`, `${image}:${tag}`]);
  }
}

export async function uids(types: string, ...selectors: string[]): Promise<(string | undefined)[]> {
  return (await list(cloud, types, ...selectors)).map(({ metadata }) => metadata.uid).toSorted();
}
