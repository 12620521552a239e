import { defineConfig } from 'vitest/config';
import node from '../node/vitest.config.ts';

/** As the other suite on the node, with the images that have libvirt besides. */
export default defineConfig({
  test: {
    ...node.test,
    include: ['test/guest/**/*.test.ts'],
    globalSetup: ['test/guest/images.ts', 'test/node/setup.ts'],
    testTimeout: 600_000,
  },
});
