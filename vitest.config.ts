import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Campaigns, and a search that still finds faults (see CHANGELOG): SHEAF_LONG=1 npm run test:only -- test/long
    exclude: process.env['SHEAF_LONG'] === undefined ? ['**/node_modules/**', 'test/long/**'] : ['**/node_modules/**'],
    // Child processes rather than threads: tests start daemons, load native modules and change directories' modes.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
