import { apiVersionOf, type KubeObject } from '../../kube/object.ts';
import type { Served } from '../registry.ts';
import { CORE_PRINTERS } from './table-core.ts';
import { customPrinter } from './table-custom.ts';
import { POD_PRINTER } from './table-pod.ts';
import { column, NAME, type Printer, type Printers } from './table-printer.ts';
import { NETWORK_PRINTERS } from './table-network.ts';
import { STORAGE_PRINTERS } from './table-storage.ts';
import { WORKLOAD_PRINTERS } from './table-workload.ts';

export type IncludeObject = 'Metadata' | 'Object' | 'None';

export interface TableOptions {
  /** What each row carries of its object. */
  readonly includeObject: IncludeObject;
  /** Ages are counted to this moment. */
  readonly now: number;
  /** Of the list; of one object only its version. */
  readonly metadata: object;
  /** A watch tells the columns with its first event only. */
  readonly withoutColumns?: boolean;
}

/** The `Table` of meta.k8s.io/v1 that kubectl prints: the same columns and cells as a real server's. */
export function tableFor(served: Served, objects: readonly KubeObject[], options: TableOptions): object {
  const { columns, cells, conditions } = printerFor(served);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: options.withoutColumns === true ? null : columns,
    rows: objects.map((object) => {
      const notes = conditions?.(object) ?? [];
      return {
        cells: cells(object, options.now),
        ...(notes.length === 0 ? {} : { conditions: notes }),
        object: carried(served, object, options.includeObject),
      };
    }),
  };
}

const BUILTIN: Printers = {
  ...CORE_PRINTERS,
  ...NETWORK_PRINTERS,
  ...STORAGE_PRINTERS,
  ...WORKLOAD_PRINTERS,
  Pod: POD_PRINTER,
};

/** For what has no columns of its own. */
const PLAIN: Printer = {
  columns: [NAME, column('Created At', 'date')],
  cells: ({ metadata }) => [metadata.name, metadata.creationTimestamp ?? null],
};

function printerFor(served: Served): Printer {
  if (served.definition !== undefined) return customPrinter(served.definition);
  return BUILTIN[served.type.kind] ?? PLAIN;
}

function carried({ type }: Served, object: KubeObject, include: IncludeObject): object | null {
  if (include === 'None') return null;
  if (include === 'Object') return { ...object, kind: type.kind, apiVersion: apiVersionOf(type) };
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
