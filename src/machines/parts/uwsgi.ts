import { ini, type Text } from '../engine/text.ts';

/** uwsgi for one WSGI module. */
export function uwsgi(part: {
  readonly module: string;
  readonly port: number;
  /** Tells the application when the server began, as the same number in each process. */
  readonly startTime?: boolean;
}): Text {
  return ini({
    uwsgi: {
      'http-socket': `0.0.0.0:${part.port}`,
      module: part.module,
      virtualenv: '/var/lib/kolla/venv',
      master: true,
      // One to begin with: each loads the whole application. Others come once it is busy for a minute on end. When as
      // many idle seconds have added up, uwsgi ends the oldest, and takes one that still loads for idle: by then, a new
      // one has to be done loading, or nobody would answer.
      processes: 4,
      cheaper: 1,
      'cheaper-overload': 60,
      threads: 1,
      'enable-threads': true,
      'lazy-apps': true,
      'thunder-lock': true,
      'die-on-term': true,
      'hook-master-start': 'unix_signal:15 gracefully_kill_them_all',
      'worker-reload-mercy': 80,
      // Without an application it would answer 500 for ever; so it ends, and the Pod says why.
      'need-app': true,
      'buffer-size': 65535,
      // Clients that keep a connection otherwise lose requests when a worker closes it.
      'add-header': 'Connection: close',
      'log-x-forwarded-for': true,
      ...(part.startTime === true ? { 'start-time': '%t' } : {}),
      'route-user-agent': '^kube-probe.* donotlog:',
    },
  });
}
