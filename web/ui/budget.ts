import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** One emitted script: its text and the scripts that load with it. */
export interface Script {
  code: string;
  imports: readonly string[];
}

/** Returns the gzip bytes of a script and everything it imports statically. */
export function firstLoadBytes(start: string, scripts: ReadonlyMap<string, Script>): number {
  const seen = new Set<string>();
  const visit = (name: string): number => {
    const script = scripts.get(name);
    if (seen.has(name) || script === undefined) return 0;
    seen.add(name);
    return script.imports.reduce((sum, next) => sum + visit(next), gzipSync(script.code).length);
  };
  return visit(start);
}

/** Returns the foreign addresses that a style sheet or page would load. */
export function foreignAddresses(text: string): string[] {
  return [...text.matchAll(/(?:url\(\s*['"]?|src=["']|@import\s+['"])((?:https?:)?\/\/[^'")\s]+)/g)].map(
    (match) => match[1] ?? '',
  );
}

/** Fails the build when an HTML entry loads more script than it may, or anything would come from a foreign host. */
export function budget({ entry, scriptKb }: { entry: string; scriptKb: number }): Plugin {
  return {
    name: 'mingchu-budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      const scripts = new Map<string, Script>();
      let start: string | undefined;
      for (const file of Object.values(bundle)) {
        if (file.type === 'asset' && /\.(css|html)$/.test(file.fileName)) {
          const foreign = foreignAddresses(String(file.source));
          if (foreign.length > 0) this.error(`${file.fileName} loads from a foreign host: ${foreign.join(', ')}`);
        }
        if (file.type !== 'chunk') continue;
        scripts.set(file.fileName, { code: file.code, imports: file.imports });
        if (file.isEntry && file.facadeModuleId?.endsWith(entry)) start = file.fileName;
      }
      if (start === undefined) this.error(`${entry} has no script`);
      const kb = firstLoadBytes(start, scripts) / 1024;
      if (kb > scriptKb) this.error(`${entry} loads ${kb.toFixed(1)} KB of script (gzip), allowed are ${scriptKb}`);
      this.info(`${entry} loads ${kb.toFixed(1)} KB of script (gzip) of ${scriptKb} allowed`);
    },
  };
}
