/** One mistake that operators of OpenStack have been made with, put back into the source. */
export interface Defect {
  readonly name: string;
  /** What is wrong, in a sentence. */
  readonly wrong: string;
  /** The file in src. */
  readonly in: string;
  /** Text of it, there exactly once, and what stands there instead. */
  readonly changes: readonly (readonly [was: string, is: string])[];
  /** The suite of `seenBy`: `test` unless said otherwise. */
  readonly suite?: 'values';
  /** The test that has to fail: its file, and its name with those it stands in. */
  readonly seenBy: readonly [file: string, ...names: readonly string[]];
}

const parts = 'src/machines/parts';

export const defects: readonly Defect[] = [
  {
    name: 'a Pod is an image, variables and ports',
    wrong: 'Without a command or a config.json the entry point of a Kolla image ends at once.',
    in: `${parts}/pod-spec.ts`,
    changes: [['    command: [...program.command],\n', '']],
    seenBy: [
      `${parts}/pod-spec.test.ts`,
      'a Pod of our own',
      'runs a command of ours: the entry point of the image ends for want of its config.json',
    ],
  },
  {
    name: 'Kolla is not told how to take its configuration',
    wrong: 'Without KOLLA_CONFIG_STRATEGY kolla_start ends before the program begins.',
    in: `${parts}/kolla-pod.ts`,
    changes: [["{ KOLLA_CONFIG_STRATEGY: 'COPY_ALWAYS', ...program.env }", '{ ...program.env }']],
    seenBy: [
      `${parts}/kolla-pod.test.ts`,
      'a Pod in Kolla mode',
      'starts by kolla_start, which copies its configuration each time',
    ],
  },
  {
    name: 'the root password is a variable',
    wrong:
      'MYSQL_ROOT_PASSWORD is read by another image; here root has no password, or keeps the one of the first day.',
    in: 'src/machines/mariadb.ts',
    changes: [
      [
        '                ports: { mysql: 3306 },\n                mounts: [',
        "                env: { MYSQL_ROOT_PASSWORD: { secret: childName(scope, 'root-password'), key: 'password' } },\n                ports: { mysql: 3306 },\n                mounts: [",
      ],
      [' --init-file=/etc/mariadb/init.sql\n', '\n'],
    ],
    seenBy: [
      'src/machines/mariadb.test.ts',
      'the start of MariaDB',
      'sets the password of root each time: the image takes none from the environment',
    ],
  },
  {
    name: 'several database servers behind one name',
    wrong: 'replicas above 1 of one StatefulSet without Galera are servers that know nothing of each other.',
    in: 'src/machines/mariadb.ts',
    changes: [['  replicas: replicas(1),', '  replicas: replicas(3),']],
    seenBy: ['test/shared/refusals.test.ts', 'MariaDB › refuses replicas: 2'],
  },
  {
    name: 'several databases of OVN without a cluster',
    wrong: 'Members that were never joined each have networks of their own.',
    in: 'src/machines/ovnnetwork.ts',
    changes: [["rule: 'self.northboundDBReplicas <= 1 && self.southboundDBReplicas <= 1',", "rule: 'true',"]],
    seenBy: ['test/shared/refusals.test.ts', 'OVNNetwork › refuses northboundDBReplicas: 2'],
  },
  {
    name: 'Ready is said of what was there before the change',
    wrong: 'The counts of a StatefulSet are believed although its controller has not seen the new spec yet.',
    in: `${parts}/workload.ts`,
    changes: [['complete: seen && current && replicas', 'complete: current && replicas']],
    seenBy: [`${parts}/workload.test.ts`, 'a StatefulSet', 'is not complete where the change is not seen yet'],
  },
  {
    name: 'what was made is never changed',
    wrong: 'An object that exists is left as it is: another image, size or configuration is never rolled out.',
    in: `${parts}/applied.ts`,
    changes: [
      [
        "  return { by, ...judged, due: { verb: 'apply', type: part.type, object, uid, why, ...files } };",
        '  return { by, ...judged };',
      ],
    ],
    seenBy: [
      `${parts}/workload.test.ts`,
      'a StatefulSet',
      'is applied again where what is wanted has changed: image, replicas or configuration',
    ],
  },
  {
    name: 'what is made has no controller',
    wrong: 'A plain owner reference wakes nobody when the child changes, and lets another controller take it.',
    in: 'src/machines/engine/ownership.ts',
    changes: [['        controller: true,\n        blockOwnerDeletion: true,\n', '']],
    seenBy: [
      'src/machines/engine/ownership.test.ts',
      'what is made for a resource',
      'is controlled by it: it goes with it, wakes it when it changes, and can be nobody else’s',
    ],
  },
  {
    name: 'the user of RabbitMQ is made by variables',
    wrong: 'RABBITMQ_DEFAULT_PASS counts on an empty database only: a new password locks every service out.',
    in: 'src/machines/rabbitmq.ts',
    changes: [
      ["        'load_definitions = /etc/rabbitmq/definitions.json',\n", ''],
      [
        "                  RABBITMQ_LOGS: '-',\n",
        "                  RABBITMQ_LOGS: '-',\n                  RABBITMQ_DEFAULT_USER: { secret: credentialsOf(scope.name), key: 'username' },\n                  RABBITMQ_DEFAULT_PASS: { secret: credentialsOf(scope.name), key: 'password' },\n",
      ],
    ],
    seenBy: [
      'src/machines/rabbitmq.test.ts',
      'the Pod of RabbitMQ',
      'gives its user the password of the Secret at each start: from the environment it is taken once',
    ],
  },
  {
    name: 'a user that exists keeps its password',
    wrong: 'CREATE USER IF NOT EXISTS without ALTER USER loses every rotation.',
    in: `${parts}/database.ts`,
    changes: [["    `';\\nALTER USER ${account} IDENTIFIED BY '`,\n    database.password('sql'),\n", '']],
    seenBy: [`${parts}/database.test.ts`, 'connection and SQL', 'hold the password in the form that its place needs'],
  },
  {
    name: 'a Job that exists has done its work',
    wrong: 'A Job of a fixed name is never run again, whatever it stood for.',
    in: `${parts}/job.ts`,
    changes: [
      ['  if (done !== undefined && changedTerms(done, wanted).length === 0) {', '  if (done !== undefined) {'],
    ],
    seenBy: [`${parts}/job.test.ts`, 'a Job whose key changed', 'is lost, and run again when nothing of it is there'],
  },
  {
    name: 'a failed Job blocks its name for ever',
    wrong: 'A Job that failed is neither replaced nor retried.',
    in: `${parts}/job.ts`,
    changes: [
      [
        '  return scope.now >= retryAt\n    ? { ...base, ...replaced(scope, live, `try ${attempt + 1}`) }\n    : { ...base, wakeAt: retryAt };',
        '  return base;',
      ],
    ],
    seenBy: [`${parts}/job.test.ts`, 'a Job that failed', 'is replaced 10 s after failure 1, not earlier'],
  },
  {
    name: 'the schema is made without a configuration',
    wrong: 'The Job has no configuration file, and so no connection to a database.',
    in: 'src/machines/placement.ts',
    changes: [
      ['        mounts: mounts(scope),\n      })),\n      Deployed', '        mounts: [],\n      })),\n      Deployed'],
    ],
    seenBy: [
      'src/machines/kolla.test.ts',
      'every Pod of every kind',
      'has every file below /etc that its commands, or the files they read, name: mounted, or in the image',
    ],
  },
  {
    name: 'Keystone has no keys for its tokens',
    wrong: 'Without fernet keys no token is issued; with keys of its own each replica issues what no other opens.',
    in: 'src/machines/keystone.ts',
    changes: [
      [
        "{ at: '/etc/keystone/fernet-keys', secret: childName(scope, 'fernet-keys') }",
        "{ at: '/etc/keystone/fernet-keys', empty: true }",
      ],
    ],
    seenBy: [
      'src/machines/keystone.test.ts',
      'the keys of Keystone',
      'of fernet_tokens lie where keystone.conf says, the same for each Pod that opens one',
    ],
  },
  {
    name: 'Keystone is told of its database by a variable',
    wrong:
      'A connection string in the environment is not what keystone.conf reads, and shows the password to who reads Pods.',
    in: 'src/machines/keystone.ts',
    changes: [['      database: databaseSection(database),\n', '']],
    seenBy: [
      'src/machines/keystone.test.ts',
      'the configuration of Keystone',
      'speaks to its own database with its own user',
    ],
  },
  {
    name: 'the catalog is written without a look',
    wrong: 'Each run of the Job makes another service and other endpoints; then every lookup by name finds several.',
    in: `${parts}/identity-script.ts`,
    changes: [
      [
        '        found = self.only(kind, query)\n        if found is None:',
        '        found = None\n        if found is None:',
      ],
      ['            if not here:', '            if True:'],
    ],
    suite: 'values',
    seenBy: [
      'test/values/catalog.test.ts',
      'the entry of a service',
      'is one user with its role, one service, and one endpoint for each interface, however often it is made',
    ],
  },
  {
    name: 'what Keystone refuses is passed over',
    wrong: 'With `|| true` behind it the Job succeeds, whatever was refused.',
    in: `${parts}/catalog.ts`,
    changes: [
      [
        "command: [bin('python3'), '/etc/catalog/catalog.py', verb],",
        "command: ['sh', '-c', `${bin('python3')} /etc/catalog/catalog.py ${verb} || true`],",
      ],
    ],
    suite: 'values',
    seenBy: [
      'test/values/catalog.test.ts',
      'the entry of a service',
      'ends with an error where the password of admin is another',
    ],
  },
  {
    name: 'services have no user that may ask Keystone',
    wrong: 'Without a role on the project of the services nobody can validate a token.',
    in: `${parts}/catalog.ts`,
    changes: [
      [`        keystone.request("PUT", f"/projects/{project['id']}/users/{user['id']}/roles/{found['id']}")\n`, ''],
      ['        login(wanted["auth_url"], name, password, "service").get_token()\n', '        pass\n'],
    ],
    suite: 'values',
    seenBy: [
      'test/values/catalog.test.ts',
      'the entry of a service',
      'is one user with its role, one service, and one endpoint for each interface, however often it is made',
    ],
  },
  {
    name: 'there is no project for the users of services',
    wrong: 'keystone-manage bootstrap makes none, and without it no service has a user.',
    in: `${parts}/bootstrap.ts`,
    changes: [
      [
        'keystone.want("project", "name=service&domain_id=default", {\n    "name": "service", "domain_id": "default", "description": "Users of the OpenStack services",\n})\n',
        '',
      ],
    ],
    suite: 'values',
    seenBy: [
      'test/values/catalog.test.ts',
      'the bootstrap of Keystone',
      'leaves the project in which the users of the services are, and one identity service, however often it runs',
    ],
  },
  {
    name: 'OVN’s databases listen on a socket only',
    wrong: 'ovsdb-server listens on no port by itself: nobody outside of the Pod reaches it.',
    in: 'src/machines/ovnnetwork.ts',
    changes: [[' --remote=ptcp:${port}:0.0.0.0', '']],
    seenBy: [
      'src/machines/ovnnetwork.test.ts',
      'the database server of nb-db',
      'listens where its Service leads: by itself it has a socket only',
    ],
  },
  {
    name: 'northd is told by variables where the databases are',
    wrong: 'northd reads its arguments only, and waits on sockets that are not there.',
    in: 'src/machines/ovnnetwork.ts',
    changes: [
      [
        "                  `--ovnnb-db=${addressOf(scope, north) ?? ''}`,\n                  `--ovnsb-db=${addressOf(scope, south) ?? ''}`,\n",
        '',
      ],
      [
        "                env: { OVS_RUNDIR: '/run/ovn' },\n                mounts: [",
        "                env: { OVS_RUNDIR: '/run/ovn', OVN_NB_DB: addressOf(scope, north) ?? '', OVN_SB_DB: addressOf(scope, south) ?? '' },\n                mounts: [",
      ],
    ],
    seenBy: [
      'src/machines/ovnnetwork.test.ts',
      'northd',
      'is told by its arguments where both databases are: it reads no environment',
    ],
  },
  {
    name: 'networks end before the nodes',
    wrong: 'OVN’s databases and northd alone carry no packet: nothing of it runs on a node.',
    in: 'src/machines/ovnnetwork.ts',
    changes: [
      [
        '          unless: (scope) => unaddressed(scope, south),\n        }),\n',
        '          unless: (scope) => unaddressed(scope, south),\n        }).slice(0, 1),\n',
      ],
    ],
    seenBy: [
      `${parts}/ovn-node.test.ts`,
      'a network is carried to nodes by Open vSwitch and ovn-controller: databases alone carry nothing',
    ],
  },
  {
    name: 'Neutron is told by variables where OVN is',
    wrong: 'The OVN driver reads its connections from the section [ovn] of ml2_conf.ini.',
    in: 'src/machines/neutron.ts',
    changes: [
      ["        ovn_nb_connection: network.northboundDBAddresses ?? '',\n", ''],
      ["        ovn_sb_connection: network.southboundDBAddresses ?? '',\n", ''],
      [
        "env: { OS_NEUTRON_CONFIG_DIR: '/etc/neutron' },",
        "env: { OS_NEUTRON_CONFIG_DIR: '/etc/neutron', OVN_NB_CONNECTION: networkOf(scope).northboundDBAddresses ?? '' },",
      ],
    ],
    seenBy: [
      'src/machines/neutron.test.ts',
      'Neutron',
      'finds the databases of OVN by ml2_conf.ini, where its driver looks',
    ],
  },
  {
    name: 'cell0 is mapped after its schema was to be made',
    wrong: 'db sync passes over a cell0 that is not mapped and ends well: its database stays empty.',
    in: `${parts}/cell-scripts.ts`,
    changes: [
      ['manage api_db sync\nmanage cell_v2 map_cell0', 'manage api_db sync\nmanage db sync\nmanage cell_v2 map_cell0'],
      ["?{query}'\nmanage db sync\n`;", "?{query}'\n`;"],
    ],
    seenBy: [
      `${parts}/cell-scripts.test.ts`,
      'the schemas of Nova',
      'are made in all three databases: that of cell0 is passed over without a word while cell0 is not mapped',
    ],
  },
  {
    name: 'the cell is created without a look',
    wrong: 'A second run of the Job fails for ever, or makes a second cell of the same name.',
    in: `${parts}/cell-scripts.ts`,
    changes: [['if [ -z "$found" ]; then', 'if true; then']],
    seenBy: [
      `${parts}/cell-scripts.test.ts`,
      'the cell',
      'is made once, however often that is asked for, and its UUID is said each time',
    ],
  },
  {
    name: 'computes are never mapped to their cell',
    wrong: 'Without discover_hosts a compute reports, and never gets a server.',
    in: `${parts}/cell-scripts.ts`,
    changes: [['  manage cell_v2 discover_hosts --cell_uuid "$CELL_UUID"\n', '']],
    seenBy: [`${parts}/cell-scripts.test.ts`, 'the computes', 'are mapped to their cell, those too that report late'],
  },
  {
    name: 'no Job maps computes',
    wrong: 'Computes that come later are known to nobody.',
    in: 'src/machines/nova.ts',
    changes: [["hostsKey(scope) === '' ? { reason", "hostsKey(scope) !== 'none' ? { reason"]],
    seenBy: [`${parts}/nova-node.test.ts`, 'the Job that maps computes', 'stands for the nodes whose compute is ready'],
  },
  {
    name: 'all parts of Nova share the database',
    wrong: 'A compute, where servers of users run, has the password of the database.',
    in: 'src/machines/nova.ts',
    changes: [
      [
        "    'nova-compute.conf': osloConfig('nova.conf', extra, {\n",
        "    'nova-compute.conf': osloConfig('nova.conf', extra, {\n      database: databaseSection(database, named(databases.cell)),\n",
      ],
    ],
    seenBy: [
      `${parts}/nova-node.test.ts`,
      'a compute on a node',
      'of kvm has no way to a database: whoever broke out of a server would have it',
    ],
  },
  {
    name: 'a read-only root without room to write',
    wrong: 'Locks and temporary files have no place, and the program ends as it begins.',
    in: `${parts}/program.ts`,
    changes: [[", { at: '/tmp', empty: true }];", '];']],
    seenBy: [
      'src/machines/kolla.test.ts',
      'every Pod of every kind',
      'may write wherever it is told to: its own root is read-only',
    ],
  },
  {
    name: 'two Pods for one volume',
    wrong: 'With a rolling update the new Pod waits for the volume, and the old one for the new Pod.',
    in: 'src/machines/glance.ts',
    changes: [["            strategy: 'Recreate',\n", '']],
    seenBy: ['src/machines/kolla.test.ts', 'every Pod of every kind', 'leaves its volume before the next one takes it'],
  },
  {
    name: 'an API is sent requests before it answers',
    wrong: 'Without a readiness probe a Pod counts as soon as its process runs.',
    in: `${parts}/api.ts`,
    changes: [['          ...httpProbes(port, probes.ready, probes.alive),\n', '']],
    seenBy: [
      'src/machines/kolla.test.ts',
      'every Pod of every kind',
      'is asked whether it is ready before anybody is sent to it, by a port or a program of its own',
    ],
  },
  {
    name: 'an API listens for itself',
    wrong: 'On the loopback of its Pod neither the Service nor a probe reaches it.',
    in: `${parts}/uwsgi.ts`,
    changes: [['`0.0.0.0:${part.port}`', '`127.0.0.1:${part.port}`']],
    seenBy: [
      'src/machines/kolla.test.ts',
      'every Pod of every kind',
      'logs in to the project of the services, seals what it caches, and listens for others',
    ],
  },
  {
    name: 'the endpoint of Nova has no version',
    wrong: 'Clients take the URL of the catalog as it is, and find no API there.',
    in: 'src/machines/nova.ts',
    changes: [['ports.api)}/v2.1`', 'ports.api)}`']],
    seenBy: [
      'src/machines/kolla.test.ts',
      'every Pod of every kind',
      'stands in the catalog as clients look it up, with the roles that others ask of it',
    ],
  },
];
