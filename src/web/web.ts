import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Express, NextFunction, Request, Response } from 'express';
import { parse as parseYaml } from 'yaml';
import type { Clock } from '../kube/ports.ts';
import type { OperatorView } from '../runtime/view.ts';
import type { Access, Reader } from './access.ts';
import { problemOf, mountApi } from './api/routes.ts';
import { Problem } from './api/problem.ts';
import { instanceIn, signalOf, type WebContext } from './context.ts';
import { loadCoverage, loadDiagrams } from './diagrams.ts';
import { html } from './html.ts';
import { Filter } from './instances.ts';
import { dependencies } from './pages/dependencies.ts';
import { events } from './pages/events.ts';
import { help } from './pages/help.ts';
import { instance, type Asked } from './pages/instance.ts';
import { list } from './pages/list.ts';
import { machine, machines } from './pages/machine.ts';
import { overview } from './pages/overview.ts';
import { documentFor, type Assets, type Page } from './pages/page.ts';
import { style } from './pages/style.ts';
import { whatIf } from './pages/whatif.ts';
import { mountSession } from './session.ts';
import { sendText } from './send.ts';
import { Stream } from './stream.ts';
import { BadQuestion, predict, type Prediction } from './whatif.ts';

export interface WebOptions {
  readonly view: OperatorView;
  readonly clock: Clock;
  readonly access: Access;
  /** Who asks has to sign in first. */
  readonly signsIn?: boolean;
  /** Tells this process from others. */
  readonly epoch: string;
  /** Where the generated diagrams and the script of the pages lie. */
  readonly folder: string;
}

/** Pages and API on an express application. `close` ends the streams. */
export function mountWeb(app: Express, options: WebOptions): { close: () => void } {
  const { view, clock, access, epoch, folder } = options;
  const stream = new Stream({ view, clock, epoch });
  const diagrams = loadDiagrams(view.kinds, folder);
  const context: WebContext = { view, access, stream, diagrams, coverage: loadCoverage(diagrams, folder) };
  const assets = mountAssets(app, folder);
  if (options.signsIn === true)
    mountSession(app, access, (request, response, page) => sendPage(request, response, page, assets));
  mountApi(app, context);
  const show = (path: string, make: (reader: Reader, request: Request) => Page | Promise<Page>): void => {
    app.get(path, async (request: Request, response: Response) => {
      await sendPage(request, response, await make(await access(request), request), assets);
    });
  };
  show('/', (reader) => overview(context, reader));
  show('/machines', () => machines(context));
  show('/machines/:kind', (reader, request) =>
    machine(context, reader, String(request.params['kind']), given(request)['overlay'] === 'coverage'),
  );
  show('/instances', (reader, request) => {
    const { after, ...rest } = given(request);
    const filter = Filter.safeParse(rest);
    if (!filter.success)
      throw new Problem(400, 'Bad filter', filter.error.issues.map(({ message }) => message).join('; '));
    return list(context, reader, filter.data, after);
  });
  show('/instances/:kind/:namespace/:name', (reader, request) => {
    const seq = given(request)['seq'];
    return instance(
      context,
      reader,
      request.params as unknown as Asked,
      seq === undefined ? undefined : Number(seq),
      signalOf(request),
    );
  });
  show('/instances/:kind/:namespace/:name/events', (reader, request) =>
    events(context, reader, request.params as unknown as Asked, signalOf(request)),
  );
  show('/instances/:kind/:namespace/:name/whatif', async (reader, request) => {
    const asked = request.params as unknown as Asked;
    const { spec } = given(request);
    const answer = spec === undefined ? undefined : await answerTo(context, reader, asked, spec, signalOf(request));
    return whatIf(context, reader, asked, spec, answer);
  });
  show('/dependencies', (reader, request) => dependencies(context, reader, given(request)['namespace']));
  show('/help', () => help());
  app.use((request: Request, _response: Response, next: NextFunction) => {
    next(new Problem(404, 'Not found', `there is no page ${request.path}`));
  });
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    const { status, title, message } = problemOf(error);
    if (status === 401) return response.redirect(303, '/sign-in');
    const body = html`<h1>${title}</h1>
      <p>${message}</p>
      <p><a href="/">Overview</a></p>`;
    response.status(status);
    return sendPage(request, response, { title, path: '', body }, assets);
  });
  return { close: () => stream.close() };
}

/** Fields that were given a value; a form sends the empty ones too. */
function given(request: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.query).flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [[name, value]] : [],
    ),
  );
}

/** What would happen, or what is wrong with the question. */
async function answerTo(
  context: WebContext,
  reader: Reader,
  asked: Asked,
  text: string,
  signal: AbortSignal,
): Promise<Prediction | string> {
  try {
    const spec: unknown = parseYaml(text, { maxAliasCount: 10 });
    if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
      return 'write fields of the spec, such as `replicas: 3`';
    const { kind, cr } = instanceIn(context, reader, asked);
    return await predict(context.view, kind, cr, { spec: spec as Record<string, unknown> }, signal);
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (error instanceof BadQuestion || (error instanceof Error && error.name === 'YAMLParseError'))
      return error.message;
    throw error;
  }
}

async function sendPage(request: Request, response: Response, page: Page, assets: Assets): Promise<void> {
  response.set('Cache-Control', 'no-store');
  await sendText(request, response, 'html', documentFor(page, assets));
}

/** Under paths that name their content, so that a browser asks for them once. */
function mountAssets(app: Express, folder: string): Assets {
  const serve = (name: string, type: string, text: string): string => {
    const path = `/assets/${createHash('sha256').update(text).digest('hex').slice(0, 12)}/${name}`;
    app.get(path, (request: Request, response: Response) => {
      response.set('Cache-Control', 'public, max-age=31536000, immutable');
      return sendText(request, response, type, text);
    });
    return path;
  };
  return {
    style: serve('style.css', 'text/css', style),
    script: serve('client.js', 'text/javascript', readFileSync(join(folder, 'client.js'), 'utf8')),
  };
}
