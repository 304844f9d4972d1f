/** ISO 8601 in UTC of a moment that somebody else's clock told, in milliseconds since 1970. */
export function isoTime(ms: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: only formats; it never asks what time it is
  return new Date(ms).toISOString();
}
