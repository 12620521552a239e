import { defineConfig } from 'vitest/config';

/** Hostile values, read by MariaDB, oslo.config and their like themselves; `npm run test:values`. */
export default defineConfig({
  test: {
    include: ['test/values/**/*.test.ts'],
    globalSetup: ['test/values/setup.ts'],
    reporters: ['verbose'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
