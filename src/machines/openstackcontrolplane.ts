import { z } from 'zod';
import { defineKind, type Kind, type Step } from './engine/kind.ts';
import { childName, type Scope } from './engine/scope.ts';
import { glance } from './glance.ts';
import { keystone } from './keystone.ts';
import { mariadb } from './mariadb.ts';
import { memcached } from './memcached.ts';
import { neutron } from './neutron.ts';
import { nova } from './nova.ts';
import { ovnNetwork } from './ovnnetwork.ts';
import { blockOf, resource, ruled, standing, standingOf, type ResourcePart } from './parts/resource.ts';
import { deletionPolicy, objectName, ref } from './parts/spec.ts';
import { placement } from './placement.ts';
import { rabbitmq } from './rabbitmq.ts';

/** What the control plane says of a service, so that its block does not. */
const refs = [
  'mariadbRef',
  'rabbitmqRef',
  'memcachedRef',
  'keystoneRef',
  'placementRef',
  'glanceRef',
  'neutronRef',
  'ovnRef',
];
const decided: Readonly<Record<string, readonly string[]>> = {
  Keystone: [...refs, 'region'],
  Glance: [...refs, 'storageType', 'cephPoolName'],
  Neutron: [...refs, 'mechanism', 'novaMetadataHost'],
  Nova: [...refs, 'ephemeralStorage'],
};

function block(kind: Kind, more: z.ZodRawShape = {}) {
  const without = decided[kind.declaration.kind] ?? refs;
  const fields = blockOf(kind, without).extend(more);
  return ruled(fields.default(fields.parse({})), kind, without);
}

function optionalBlock(kind: Kind) {
  return ruled(blockOf(kind, refs).optional(), kind, refs);
}

const spec = z.strictObject({
  region: keystone.declaration.spec.shape['region'] as z.ZodDefault<z.ZodString>,
  storageBackend: z
    .enum(['pvc', 'ceph', 'lvm'])
    .default('pvc')
    .describe('Where images and disks lie. This version knows pvc: volumes of the cluster.'),
  networkBackend: z.enum(['ovn', 'ovs']).default('ovn').describe('What carries the networks. This version knows ovn.'),
  tls: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Whether APIs speak TLS. Not in this version.'),
      issuerRef: objectName('a cert-manager issuer').optional().describe('Who signs. Not in this version.'),
    })
    .prefault({})
    .describe('TLS of the APIs. Not in this version.'),
  mariadb: block(mariadb),
  rabbitmq: block(rabbitmq),
  memcached: block(memcached),
  ovnNetwork: optionalBlock(ovnNetwork),
  keystone: block(keystone),
  glance: block(glance),
  placement: block(placement),
  neutron: block(neutron, {
    ovnRef: ref('OVNNetwork', 'ovn')
      .unwrap()
      .optional()
      .describe('An OVNNetwork of this namespace that is none of this control plane, instead of the block ovnNetwork.'),
  }),
  nova: block(nova),
  deletionPolicy,
});

type Spec = z.output<typeof spec>;
type Field =
  'mariadb' | 'rabbitmq' | 'memcached' | 'ovnNetwork' | 'keystone' | 'glance' | 'placement' | 'neutron' | 'nova';

/** One service of the control plane: its block in the spec, and what the control plane adds to it. */
function part(
  field: Field,
  kind: Kind,
  adds: (scope: Scope<Spec>) => object = () => ({}),
  id: string = field,
): ResourcePart<Spec> {
  return {
    id,
    kind,
    spec: (scope) => {
      const own = scope.cr.spec[field];
      return own === undefined ? undefined : { deletionPolicy: scope.cr.spec.deletionPolicy, ...own, ...adds(scope) };
    },
  };
}

const data = (scope: Scope<Spec>) => ({
  mariadbRef: childName(scope, 'mariadb'),
  memcachedRef: childName(scope, 'memcached'),
});
const service = (scope: Scope<Spec>) => ({ ...data(scope), keystoneRef: childName(scope, 'keystone') });

const phases = {
  Infrastructure: [
    part('mariadb', mariadb),
    part('rabbitmq', rabbitmq),
    part('memcached', memcached),
    part('ovnNetwork', ovnNetwork, () => ({}), 'ovn'),
  ],
  Identity: [part('keystone', keystone, (scope) => ({ ...data(scope), region: scope.cr.spec.region }))],
  CoreServices: [
    part('glance', glance, (scope) => ({ ...service(scope), storageType: 'pvc' })),
    part('placement', placement, service),
    part('neutron', neutron, (scope) => ({
      ...service(scope),
      rabbitmqRef: childName(scope, 'rabbitmq'),
      ovnRef: (scope.cr.spec.neutron as { ovnRef?: string }).ovnRef ?? childName(scope, 'ovn'),
      mechanism: scope.cr.spec.networkBackend,
      novaMetadataHost: `${childName(scope, 'nova-metadata')}.${scope.namespace}.svc`,
    })),
    part('nova', nova, (scope) => ({
      ...service(scope),
      rabbitmqRef: childName(scope, 'rabbitmq'),
      placementRef: childName(scope, 'placement'),
      glanceRef: childName(scope, 'glance'),
      neutronRef: childName(scope, 'neutron'),
    })),
  ],
} satisfies Record<string, readonly ResourcePart<Spec>[]>;

/** What is made in a phase stays as its block says in every later one, and while an earlier one is not done. */
function phase(about: string, parts: readonly ResourcePart<Spec>[]): Step<Spec, never> {
  return { about, when: 'kept', apply: parts.map((one) => resource<Spec>(one)) };
}

/** A whole cloud: every service as a resource of its own, brought up in order. */
export const openStackControlPlane = defineKind(
  {
    kind: 'OpenStackControlPlane',
    plural: 'openstackcontrolplanes',
    shortNames: ['oscp'],
    about: 'A whole cloud: its services as resources of their own, brought up in order.',
    spec,
    minimal: { ovnNetwork: {} },
    longestName: 20,
    status: z.object({
      phase: z
        .enum(['Infrastructure', 'Identity', 'CoreServices', 'Ready'])
        .optional()
        .describe('What is being brought up; Ready once everything has been.'),
      progress: z.string().max(8).optional().describe('How many services are Ready, of how many.'),
      services: z.array(standing).max(16).optional().describe('How each service stands.'),
    }),
    mirrors: ['progress', 'services'],
    columns: [
      { name: 'Phase', jsonPath: '.status.phase' },
      { name: 'Progress', jsonPath: '.status.progress' },
    ],
    rules: [
      {
        rule: "self.storageBackend == 'pvc'",
        message: 'storageBackend ceph and lvm are not done in this version: leave it out, or write pvc',
      },
      {
        rule: "self.networkBackend == 'ovn'",
        message: 'networkBackend ovs is not done in this version: leave it out, or write ovn',
      },
      {
        rule: '!self.tls.enabled && !has(self.tls.issuerRef)',
        message: 'tls is not done in this version: leave it out, and put a proxy that speaks TLS before the APIs',
      },
      {
        rule: "self.networkBackend != 'ovn' || has(self.ovnNetwork) || has(self.neutron.ovnRef)",
        message:
          'networkBackend ovn needs an OVN: write ovnNetwork: {}, or the name of an OVNNetwork in neutron.ovnRef',
      },
      {
        rule: '!has(self.ovnNetwork) || !has(self.neutron.ovnRef)',
        message: 'ovnNetwork and neutron.ovnRef name two networks, of which Neutron uses one: leave one of them out',
      },
    ],
  },
  {
    version: 1,
    steps: {
      InfrastructureReady: phase('MariaDB, RabbitMQ, Memcached and OVN have been Ready.', phases.Infrastructure),
      IdentityReady: phase('Keystone has been Ready.', phases.Identity),
      CoreServicesReady: phase('Glance, Placement, Neutron and Nova have been Ready.', phases.CoreServices),
    },
    status: (scope) => {
      const wanted = Object.entries(phases).flatMap(([name, parts]) =>
        parts.filter((one) => one.spec(scope) !== undefined).map((one) => ({ phase: name, part: one })),
      );
      const services = wanted.map(({ part: one }) => standingOf(scope, one));
      const open = wanted.find(({ part: one }) => scope.record.settled[one.id] !== 'Ready');
      return {
        phase: open?.phase ?? 'Ready',
        progress: `${services.filter(({ ready }) => ready).length}/${services.length}`,
        services,
      };
    },
  },
);
