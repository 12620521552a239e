import { startRealCluster } from '../support/real-cluster.ts';

/** Starts a cluster and tells the tests where by environment variables. */
export default function setup(): () => void {
  const cluster = startRealCluster('test-api', { nodes: 2 });
  process.env['TEST_KUBECONFIG'] = cluster.kubeconfig;
  process.env['TEST_KUBECTL'] = cluster.kubectl;
  process.env['TEST_AUDIT_LOG'] = cluster.auditLog;
  process.env['TEST_OPERATOR_KUBECONFIG'] = cluster.operatorKubeconfig;
  return () => cluster.stop();
}
