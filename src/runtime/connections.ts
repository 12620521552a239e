import type { Dispatcher } from 'undici';
import Agent from 'undici/lib/dispatcher/agent.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import type { Tls } from './credentials.ts';

/** Kept connections to one server with one set of certificates. */
export interface Connections {
  readonly tls: Tls;
  /** Bounded; those who come later wait. */
  readonly forRequests: Dispatcher;
  /** One each, for as long as the watch lasts. */
  readonly forWatches: Dispatcher;
}

export function openConnections(tls: Tls, proxy: string | undefined, limit: number): Connections {
  return { tls, forRequests: agentFor(limit), forWatches: agentFor(undefined) };

  function agentFor(connections: number | undefined): Dispatcher {
    // HTTP/2, which undici 8 would take unasked, costs more than it saves here.
    const connect = { ...tls, allowH2: false, timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 30_000 };
    const options = {
      ...(connections !== undefined && { connections }),
      allowH2: false,
      keepAliveTimeout: 60_000,
      // The client has timeouts of its own, and a watch may be silent for long.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    if (proxy === undefined) return new Agent({ ...options, connect });
    return new ProxyAgent({ ...options, uri: proxy, requestTls: connect });
  }
}

/** What is under way ends in its own time. */
export function retire(connections: Connections): void {
  for (const agent of [connections.forRequests, connections.forWatches]) {
    agent.close().catch(() => {
      // It was closed already.
    });
  }
}
