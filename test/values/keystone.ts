import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Entry = Record<string, unknown> & { readonly id: string };

/** Code, body, token. */
type Answer = readonly [number, object?, string?];

const message = (text: string) => ({ error: { message: text } });

/**
 * Keystone's API as far as Jobs use it, in memory. As in Keystone a user or a project of the same name is refused, while
 * a service or an endpoint that is made twice is there twice.
 */
export class Keystone {
  readonly users: Entry[] = [];
  readonly projects: Entry[] = [];
  readonly roles: Entry[] = [];
  readonly services: Entry[] = [];
  readonly endpoints: Entry[] = [];
  /** project/user/role, by name. */
  readonly grants = new Set<string>();
  readonly #server = createServer((request, response) => {
    const answered = this.#answer(request).catch((error: unknown): Answer => [400, message(String(error))]);
    void answered.then(([code, body, token]) => {
      if (token !== undefined) response.setHeader('X-Subject-Token', token);
      response.writeHead(code, { 'Content-Type': 'application/json', Connection: 'close' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  #made = 0;

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  /** What `keystone-manage bootstrap` leaves behind, also where it ran before. */
  bootstrap(password: string, url: string, region: string): void {
    const only = (of: Entry[], body: Record<string, unknown>): Entry =>
      of.find(({ name }) => name === body['name']) ?? this.#add(of, body);
    only(this.projects, { name: 'admin', domain_id: 'default' });
    for (const role of ['admin', 'service', 'member']) only(this.roles, { name: role });
    Object.assign(only(this.users, { name: 'admin', domain_id: 'default' }), { password });
    this.grants.add('admin/admin/admin');
    const { id } = only(this.services, { name: 'keystone', type: 'identity' });
    for (const of of ['internal', 'public']) {
      if (this.endpoints.some(({ service_id, interface: at }) => service_id === id && at === of)) continue;
      this.#add(this.endpoints, { service_id: id, interface: of, region_id: region, url });
    }
  }

  get address(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #add(to: Entry[], body: Record<string, unknown>): Entry {
    const entry = { ...body, id: `id${(this.#made += 1)}` };
    to.push(entry);
    return entry;
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { method, url = '' } = request;
    const { pathname, searchParams } = new URL(url, 'http://keystone');
    const sent = await text(request);
    const body = (sent === '' ? {} : JSON.parse(sent)) as Record<string, Record<string, unknown>>;
    if (pathname === '/bootstrap') {
      const { password, url: at, region } = body as unknown as Record<string, string>;
      this.bootstrap(password ?? '', at ?? '', region ?? '');
      return [204];
    }
    if (pathname === '/v3/auth/tokens') return this.#token(body);
    if (request.headers['x-auth-token'] !== 'admin') return [403, message('admin only')];
    const [kind = '', id, , user, , role] = pathname.split('/').slice(2);
    if (role !== undefined) return this.#grant([this.projects, id], [this.users, user], [this.roles, role]);
    const all = (this as unknown as Record<string, Entry[]>)[kind] ?? [];
    const one = kind.slice(0, -1);
    const fields = body[one] ?? {};
    if (method === 'GET') {
      const found = all.filter((entry) => [...searchParams].every(([field, value]) => entry[field] === value));
      return [200, { [kind]: found.map(({ password: _, ...shown }) => shown) }];
    }
    if (method === 'POST') {
      const isTaken = ['users', 'projects'].includes(kind) && all.some(({ name }) => name === fields['name']);
      return isTaken ? [409, message('Duplicate entry')] : [201, { [one]: this.#add(all, fields) }];
    }
    const at = all.findIndex((entry) => entry.id === id);
    const entry = all[at];
    if (entry === undefined) return [404, message('not found')];
    if (method === 'PATCH') return [200, { [one]: Object.assign(entry, fields) }];
    all.splice(at, 1);
    return [204];
  }

  #grant(...of: readonly [Entry[], string | undefined][]): Answer {
    const names = of.map(([all, id]) => all.find((entry) => entry.id === id)?.['name']);
    if (names.includes(undefined)) return [404, message('not found')];
    this.grants.add(names.join('/'));
    return [204];
  }

  /** A token of the project, for whoever has the password and a role there. */
  #token(body: unknown): Answer {
    const { auth } = body as {
      auth: {
        identity: { password: { user: { name: string; password: string } } };
        scope: { project: { name: string } };
      };
    };
    const { name, password } = auth.identity.password.user;
    const project = auth.scope.project.name;
    const user = this.users.find((entry) => entry['name'] === name && entry['password'] === password);
    const isMember = [...this.grants].some((grant) => grant.startsWith(`${project}/${name}/`));
    if (user === undefined || !isMember) return [401, message('The request you have made requires authentication.')];
    const domain = { id: 'default', name: 'Default' };
    const token = {
      methods: ['password'],
      user: { id: user.id, name, domain },
      project: { id: project, name: project, domain },
      roles: [],
      catalog: [],
      issued_at: '2026-01-01T00:00:00.000000Z',
      expires_at: '2100-01-01T00:00:00.000000Z',
    };
    return [201, { token }, name];
  }
}
