import vue from '@vitejs/plugin-vue';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { budget } from './budget.ts';
import { fixtureServer } from './dev/server.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // The parent page opens on slow phones: first load under 150 KB of script, gzip (docs: ui.md).
  plugins: [vue(), budget({ entry: 'parent.html', scriptKb: 150 }), fixtureServer()],
  resolve: { alias: { '@': here('./src') } },
  define: { __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __INTLIFY_PROD_DEVTOOLS__: 'false' },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { input: [here('./index.html'), here('./parent.html')] },
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
});
