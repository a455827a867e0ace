/** The light build plays the same, without other audio tracks, subtitles and encryption; it has no types of its own. */
declare module 'hls.js/light' {
  export * from 'hls.js';
  export { default } from 'hls.js';
}
